"""The template: an assembly-line template's typed parameters, outputs and checks."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, WrapSerializer

from infraops.models.basics.base import FileModel
from infraops.models.files.deprecation import Deprecation

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
IDENTIFIER_PATTERN = r"^[a-z][a-z0-9_]*$"
VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]*$"  # as Terraform names variables, outputs and attributes
VERSION_PATTERN = r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"
DURATION_PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=40)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN, max_length=60)]
Variable = Annotated[str, Field(pattern=VARIABLE_PATTERN, max_length=120)]
Version = Annotated[str, Field(pattern=VERSION_PATTERN)]
Duration = Annotated[str, Field(pattern=DURATION_PATTERN)]  # a number and a unit: 500ms, 30s, 5m, 2h, 1d


class ParameterType(StrEnum):
    """The types a parameter may have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    SET = "set"  # a list in which nothing comes twice, and order means nothing
    MAP = "map"
    OBJECT = "object"  # a mapping with known entries
    TUPLE = "tuple"  # a list with a type for each place
    ANY = "any"
    ENUM = "enum"
    PORT = "port"
    CIDR = "cidr"
    DURATION = "duration"  # a number and a unit: 500ms, 30s, 5m, 2h, 1d
    PATH = "path"  # a file or directory inside the control repo
    PLAYBOOK = "playbook"  # a playbook inside the control repo; it becomes the stack's playbook


class Consumer(StrEnum):
    """Who is handed a parameter: Terraform as a module variable, the playbook as a group variable, or both."""

    TERRAFORM = "terraform"
    PLAYBOOK = "playbook"


def _spelled_out(written: Any) -> Any:
    return {"type": written} if isinstance(written, str) else written


def _in_short(item: "ValueType", whole: Any) -> Any:
    return item.type.value if isinstance(item, ValueType) and item.model_fields_set == {"type"} else whole(item)


# `items: port` says the same as `items: {type: port}`.
Inner = Annotated[
    "ValueType",
    BeforeValidator(_spelled_out, json_schema_input_type="ParameterType | ValueType"),
    WrapSerializer(_in_short),
]


class ValueType(FileModel):
    """The type of a value, with its limits; of what a list, set or map holds, `items` says the type."""

    type: Annotated[ParameterType, Field(strict=False)]
    description: str = ""
    min: float | int | None = None
    max: float | int | None = None
    pattern: str | None = None
    values: tuple[str, ...] = Field(default=(), strict=False)
    items: Inner | None = None
    members: tuple[Inner, ...] = Field(default=(), strict=False)
    entries: dict[Variable, "Entry"] = {}
    nullable: bool = False


class Entry(ValueType):
    """One entry of an object."""

    default: JsonValue = None
    required: bool = False


class Parameter(Entry):
    """One typed parameter of a template."""

    sensitive: bool = False
    used_by: tuple[Annotated[Consumer, Field(strict=False)], ...] = Field(
        default=(Consumer.TERRAFORM, Consumer.PLAYBOOK), strict=False
    )


class DeclaredOutput(FileModel):
    """An output that other stacks may take as input; `stand_in` serves plans made before it is real."""

    type: Annotated[ParameterType, Field(strict=False)] = ParameterType.STRING
    items: Inner | None = None
    members: tuple[Inner, ...] = Field(default=(), strict=False)
    entries: dict[Variable, Entry] = {}
    description: str = ""
    stand_in: JsonValue = None
    sensitive: bool = False


class _Check(FileModel):
    name: str
    platforms: tuple[Name, ...] = Field(default=(), strict=False)  # none: on each of them


class HttpCheck(_Check):
    """An HTTP request to an endpoint answers with a status and, if asked, holds a text."""

    type: Literal["http"]
    endpoint: Identifier
    path: str = "/"
    status: int = 200
    contains: str | None = None
    deadline: Duration = "60s"


class TcpCheck(_Check):
    """An endpoint accepts a TCP connection."""

    type: Literal["tcp"]
    endpoint: Identifier
    deadline: Duration = "60s"


class TargetHealthCheck(_Check):
    """A balancer of AWS finds all its targets healthy; the endpoint is the ARN of the target group."""

    type: Literal["target-health"]
    endpoint: Identifier
    deadline: Duration = "60s"


class CommandCheck(_Check):
    """A program run on the operator's machine exits 0; `{url}`, `{address}`, `{port}` name the endpoint's parts."""

    type: Literal["command"]
    endpoint: Identifier | None = None
    command: tuple[str, ...] = Field(strict=False, min_length=1)
    deadline: Duration = "60s"


Check = Annotated[HttpCheck | TcpCheck | TargetHealthCheck | CommandCheck, Field(discriminator="type")]


class HostsFrom(FileModel):
    """Which output of a module tells the hosts, where the module has no output `hosts` of the contract's form."""

    from_: Variable = Field(alias="from")
    address: Variable | None = None  # the attribute that holds it, where the output is made of objects
    name: Name | None = None  # what hosts are called that the output gives no names; else as the blueprint
    user: str = "root"
    port: int = Field(default=22, ge=1, le=65535)
    connection: Literal["ssh", "local"] = "ssh"  # local: the hosts are this machine
    first_use: bool = False  # the key that a host shows first is accepted
    groups: tuple[str, ...] = Field(default=(), strict=False)
    vars: dict[str, JsonValue] = {}
    identity: Variable | None = None  # an output of the same form, whose values change when a host is made anew


class TemplateFile(FileModel):
    """`template.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    name: Name
    version: Version
    summary: str
    parameters: dict[Variable, Parameter] = {}
    outputs: dict[Variable, DeclaredOutput] = {}
    modules: dict[Name, str] = {}  # by platform, in the place of terraform/<platform>/; relative to template.yaml
    hosts: HostsFrom | None = None
    endpoints: dict[Identifier, str] | None = None  # URLs with {output}, in the place of the module's own output
    playbook: str | None = None
    managed_on: tuple[Name, ...] = Field(default=(), strict=False)  # platforms without hosts, where no playbook runs
    checks: tuple[Check, ...] = Field(default=(), strict=False)
    local_safe: bool = False
    protected: bool = False  # holds data: destroy and replace are refused unless the blueprint says otherwise
    independent_hosts: bool = False  # no play looks at another host: a grown group configures its new hosts alone
    shareable: bool = False  # ready stacks may share an Ansible run: nothing in the playbook crosses from host to host
    deprecated: Deprecation | None = None


Parameters = dict[str, Any]
