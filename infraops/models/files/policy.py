"""Policy: rules over plans, how grave each is, and waivers that let named stacks pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import Field

from infraops.errors import Place
from infraops.models.basics.base import FileModel
from infraops.models.files.deprecation import Day
from infraops.models.files.template import Name
from infraops.models.plans.finding import Severity

RULE_PATTERN = r"^([a-z][a-z0-9]*(-[a-z0-9]+)*|[A-Za-z_]\w*(\.[A-Za-z_]\w*)+)$"
RuleName = Annotated[str, Field(pattern=RULE_PATTERN, max_length=200)]  # one in Rego has its package before it


class PolicyRule(FileModel):
    """One rule as written: `when` its expression is true, the rule is broken."""

    name: Name
    severity: Annotated[Severity, Field(strict=False)]
    when: str = Field(min_length=1)
    message: str = Field(min_length=1)
    hint: str = ""
    control: str = Field(min_length=1)


class Waiver(FileModel):
    """A permission to break one rule, for stacks of a name, until the end of a day."""

    rule: RuleName
    stack: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    expires: Day

    def covers(self, rule: str, stack: str) -> bool:
        """Whether it speaks of this rule and this stack, whatever day it is."""
        return self.rule == rule and fnmatchcase(stack, self.stack)

    def works(self, today: date) -> bool:
        """Whether it has not expired; `expires` is the last day on which it works."""
        return today <= date.fromisoformat(self.expires)


class PolicyFile(FileModel):
    """`policies/*.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    rules: tuple[PolicyRule, ...] = Field(default=(), strict=False)
    severities: dict[RuleName, Annotated[Severity, Field(strict=False)]] = {}
    waivers: tuple[Waiver, ...] = Field(default=(), strict=False)


@dataclass(frozen=True)
class Rule:
    """A rule with where it stands, and the severity that this control repo gives it."""

    written: PolicyRule
    place: Place
    severity: Severity
    built_in: bool = False

    @property
    def name(self) -> str:
        """The rule's name, the only one in the control repo."""
        return self.written.name


@dataclass(frozen=True)
class RegoRule:
    """A rule in Rego that conftest asks what is wrong: `text` is how it is written, the rest its annotation says."""

    package: str
    head: str  # as written: deny, deny_public, warn_tags
    severity: Severity
    place: Place
    text: str
    title: str = ""
    hint: str = ""
    control: str = ""

    @property
    def name(self) -> str:
        """The rule's name with its package, the only one in the control repo."""
        return f"{self.package}.{self.head}"

    @property
    def kind(self) -> str:
        """What conftest goes by: deny, violation or warn."""
        return self.head.partition("_")[0]

    @property
    def entrypoint(self) -> str:
        """Where the rule is, as one asks for it."""
        return f"{self.package.replace('.', '/')}/{self.head}"

    @property
    def ending(self) -> str:
        """The name by which exceptions of its package speak of it."""
        ending = self.head.removeprefix("deny").removeprefix("violation")
        return ending.removeprefix("_")


@dataclass(frozen=True)
class RegoModule:
    """A file of Rego."""

    file: str
    text: str


@dataclass(frozen=True)
class Rego:
    """All files of Rego, compiled to a plan with the data beside them; `exceptions` names packages that have any."""

    modules: tuple[RegoModule, ...] = ()
    exceptions: tuple[tuple[str, Place], ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class PlacedWaiver:
    """A waiver and where it stands."""

    written: Waiver
    place: Place


@dataclass(frozen=True)
class Policies:
    """All rules, the built-in ones first, and all waivers."""

    rules: tuple[Rule, ...] = ()
    waivers: tuple[PlacedWaiver, ...] = ()
    rego: Rego = field(default_factory=Rego)
    rego_rules: tuple[RegoRule, ...] = ()

    @property
    def read_plans(self) -> bool:
        """Whether any rule is evaluated on the plan's own document."""
        return any(rule.severity is not Severity.OFF for rule in self.rego_rules)
