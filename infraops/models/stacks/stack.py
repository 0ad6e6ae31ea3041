"""The stack: one blueprint in one environment, everything looked up and checked, ready for the line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops.errors import Place
from infraops.models.files.blueprint import Budget
from infraops.models.files.environment import EnvironmentFile
from infraops.models.files.template import Check, TemplateFile
from infraops.models.plans.address import Address

_AWS, _ACCOUNTS = "aws", "allowed_account_ids"


@dataclass(frozen=True)
class Module:
    """A template's Terraform module for one platform, and the names of the variables and outputs it declares.

    `source` is its directory, relative to the template's; of one that lies elsewhere in the control repo (`in_place`),
    relative to that. `outside` are directories and files beyond its own directory that it calls and reads.

    `required` are the variables without a default; `types` their type constraints as written, where they have one.
    `resources` are those it declares itself, as `type.name`, and `modules` the names of those it calls. `providers` are
    those that it and what it calls beside it work with, with their sources where they are named; with `any_provider`
    there may be more, as it calls modules that are fetched. `aliases` are those it must be handed, as `aws.us_east_1`.
    """

    directory: Path
    variables: frozenset[str]
    outputs: frozenset[str]
    required: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    resources: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    providers: Mapping[str, str | None] = field(default_factory=dict)
    any_provider: bool = False
    aliases: frozenset[str] = frozenset()
    source: str = ""
    in_place: bool = False
    outside: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Template:
    """A template found in a catalog: its description and where its files are.

    `directory` holds `template.yaml`, `terraform/<platform>/`, the playbook and its roles.
    """

    file: TemplateFile
    directory: Path
    built_in: bool
    modules: Mapping[str, Module]  # by platform
    playbook: str | None = None  # relative to the control repo, where the template points at one there
    catalog: str = ""  # which of other repositories' catalogs it was vendored from; empty: none

    @property
    def reference(self) -> str:
        """How a blueprint names it: `web-service@1.0`."""
        return f"{self.file.name}@{self.file.version}"


@dataclass(frozen=True)
class Environment:
    """An environment found in the control repo; `directory` is `inventories/<name>/`."""

    file: EnvironmentFile
    directory: Path

    @property
    def name(self) -> str:
        """The environment's name, which is also its directory's."""
        return self.file.name

    @property
    def platform(self) -> str:
        """Which of a template's modules serves here."""
        return self.file.platform

    @property
    def accounts(self) -> tuple[str, ...]:
        """The numbers of the AWS accounts in which its providers may work; empty where nothing says so."""
        named = [settings.get(_ACCOUNTS) for settings in self._aws.values()]
        return tuple(sorted({str(each) for numbers in named if isinstance(numbers, list) for each in numbers}))

    @property
    def unbound(self) -> tuple[str, ...]:
        """The AWS providers that work in whatever account their credentials lead to; an emulator has no other."""
        if self.file.emulator is not None:
            return ()
        return tuple(sorted(name for name, settings in self._aws.items() if not settings.get(_ACCOUNTS)))

    @property
    def _aws(self) -> Mapping[str, Mapping[str, Any]]:
        default: dict[str, Mapping[str, Any]] = {_AWS: {}} if self.platform == _AWS else {}
        written = self.file.providers.items()
        return default | {name: settings for name, settings in written if name.partition(".")[0] == _AWS}


@dataclass(frozen=True)
class SecretReference:
    """A sensitive parameter's value as written: `env:NAME`, `file:path` or `generated:name`; never the value."""

    scheme: str
    name: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"


@dataclass(frozen=True)
class InputReference:
    """An input that comes from another stack of the same environment."""

    stack: str  # full name, "lab/shop-db"
    output: str
    stand_in: Any = None
    sensitive: bool = False


@dataclass(frozen=True)
class Adopted:
    """A resource that exists already, by the provider's id, and its address inside the module."""

    to: Address
    id: str


@dataclass(frozen=True)
class Stack:
    """A blueprint in an environment, with defaults applied and references looked up.

    `parameters` holds checked values (sensitive ones not); `secrets` the references of the sensitive ones.
    `depends_on` names stacks in full ("lab/shop-db"), the producers of inputs included.
    `playbook` is relative to the control repo (a user's) or None where the template's own `file.playbook` serves.
    """

    name: str  # "lab/storefront"
    blueprint: str
    environment: Environment
    template: Template
    place: Place
    owner: str
    summary: str = ""
    cost_center: str | None = None
    runbook: str | None = None
    tags: tuple[str, ...] = ()
    budget: Budget | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, SecretReference] = field(default_factory=dict)
    inputs: Mapping[str, InputReference] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    playbook: str | None = None
    allow_destroy: bool = False
    has_blueprint: bool = True  # not an orphan's
    adopt: tuple[Adopted, ...] = ()
    usual_template: str = ""  # what the blueprint pins where an environment pins no version of its own; an orphan: none
    forget: tuple[Address, ...] = ()  # what Terraform is to let go of, and not to destroy
    moved_from: str | None = None  # the blueprint's name before: the stack takes over the state of that one

    @property
    def module(self) -> Module:
        """The template's module for this environment's platform; validation made sure that there is one."""
        return self.template.modules[self.environment.platform]

    @property
    def pinned_apart_from(self) -> str:
        """The template that its blueprint pins, where the environment pins another version; else empty."""
        return self.usual_template if self.usual_template != self.template.reference else ""

    @property
    def before(self) -> str | None:
        """The full name that the stack had before it was renamed, while its blueprint says so."""
        return None if self.moved_from is None else f"{self.environment.name}/{self.moved_from}"

    @property
    def names(self) -> tuple[str, ...]:
        """The full names under which the record may know the stack, its present one first."""
        return (self.name,) if self.before is None else (self.name, self.before)

    @property
    def called(self) -> str:
        """The blueprint's name as modules are handed it: of a renamed one the old name, which its hosts are made of."""
        return self.moved_from or self.blueprint

    @property
    def protected(self) -> bool:
        """Whether destroying or replacing its resources is refused."""
        held = self.template.file.protected and self.environment.file.change.protect_data
        return held and not self.allow_destroy

    @property
    def has_playbook(self) -> bool:
        """Whether there is anything to configure."""
        return not self.not_configured

    @property
    def not_configured(self) -> str:
        """Why there is nothing to configure; empty where there is."""
        template, environment = self.template.file, self.environment.file
        if self.playbook is None and template.playbook is None:
            return "the template has no playbook"
        if environment.platform in template.managed_on:
            return f"platform {environment.platform} configures it by itself"
        return "the hosts of an emulator are not real" if environment.emulator else ""

    @property
    def checks(self) -> tuple[Check, ...]:
        """The template's checks for the environment's platform."""
        platform = self.environment.platform
        return tuple(check for check in self.template.file.checks if not check.platforms or platform in check.platforms)
