"""The plan model: what Terraform would do to one stack, read once from `terraform show -json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What would happen to a resource; `replace` is Terraform's delete and create in either order."""

    NO_OP = "no-op"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    UNKNOWN = "unknown"  # a word this version does not know; counts as the highest risk


@dataclass(frozen=True)
class AttributeChange:
    """One attribute, before and after; values that are sensitive are None with `sensitive` set."""

    path: str
    before: Any = None
    after: Any = None
    sensitive: bool = False
    unknown_after: bool = False
    forces_replacement: bool = False


@dataclass(frozen=True)
class ResourceChange:
    """One resource and what would happen to it."""

    address: str
    type: str
    action: Action
    reason: str = ""
    attributes: tuple[AttributeChange, ...] = ()
    importing: str = ""  # the id by which Terraform takes it over, where it does


@dataclass(frozen=True)
class Holding:
    """A managed resource as prices see it, before and after; None where it is not there then.

    It has those of its attributes that decide on its price; one that nobody may see, or that is known only after
    apply, is missing.
    """

    address: str
    type: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Provisioner:
    """A program that Terraform would run beside a resource, which no plan shows."""

    address: str
    type: str


@dataclass(frozen=True)
class Counts:
    """Resources by what would happen to them; one that is imported may be changed or replaced as well."""

    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    imports: int = 0
    forget: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.create + self.update + self.replace + self.delete + self.imports + self.forget

    @property
    def destructive(self) -> int:
        """Those that lose something: deleted and replaced."""
        return self.replace + self.delete

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.create + other.create,
            self.update + other.update,
            self.replace + other.replace,
            self.delete + other.delete,
            self.imports + other.imports,
            self.forget + other.forget,
        )


@dataclass(frozen=True)
class PlanModel:
    """What would happen to one stack.

    `deferred` plans were made with stand-ins for values not yet real and can never be applied.
    """

    changes: tuple[ResourceChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    unconfigured: tuple[ResourceChange, ...] = ()  # changed outside as well, where the configuration sets nothing
    outputs_changed: bool = False
    changed_outputs: tuple[str, ...] = ()  # their names, as far as the plan tells them
    moved: tuple[str, ...] = ()  # addresses that only the state learns of: moved in the module, or imported
    failed_checks: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    planned_outputs: dict[str, Any] = field(default_factory=dict)  # known values only
    effect: str = ""  # digest of what Terraform would do; empty where that is nothing
    provisioners: tuple[Provisioner, ...] = ()  # of the configuration, whether or not they would run
    external_data: tuple[str, ...] = ()  # addresses of data sources that run a program while planning
    lineage: str = ""  # of the state that it was made from; empty where there is none yet
    serial: int | None = None  # of that state; None where nobody looked
    state_from: str = ""  # the stack whose state this one takes over once the plan is carried out
    holdings: tuple[Holding, ...] | None = None  # all managed resources; None where nobody looked

    @property
    def deferred(self) -> bool:
        """Whether values were missing."""
        return bool(self.stand_ins)

    @property
    def counts(self) -> Counts:
        """How many resources are created, updated, replaced, deleted, imported and forgotten."""

        def number(*actions: Action) -> int:
            return sum(change.action in actions for change in self.changes)

        return Counts(
            create=number(Action.CREATE),
            update=number(Action.UPDATE),
            replace=number(Action.REPLACE, Action.UNKNOWN),
            delete=number(Action.DELETE),
            imports=sum(bool(change.importing) for change in self.changes),
            forget=number(Action.FORGET),
        )

    @property
    def settled(self) -> bool:
        """Whether Terraform would change nothing, outputs included."""
        return not self.counts.total and not self.outputs_changed and not self.moved

    @property
    def empty(self) -> bool:
        """Whether applying it would change nothing at all, not even where the state is."""
        return self.settled and not self.state_from


def unconfigured_in_words(number: int) -> str:
    """Say how many resources changed outside where nothing configures them, which is no drift; nothing of none."""
    if not number:
        return ""
    resources, them = ("1 resource", "it") if number == 1 else (f"{number} resources", "them")
    return f"{resources} changed outside where nothing configures {them}"
