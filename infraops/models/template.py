"""The template: an assembly-line template's typed parameters, outputs and checks."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from infraops.models.base import FileModel
from infraops.models.deprecation import Deprecation

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
IDENTIFIER_PATTERN = r"^[a-z][a-z0-9_]*$"
VERSION_PATTERN = r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"
DURATION_PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=40)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN, max_length=60)]
Version = Annotated[str, Field(pattern=VERSION_PATTERN)]
Duration = Annotated[str, Field(pattern=DURATION_PATTERN)]  # a number and a unit: 500ms, 30s, 5m, 2h, 1d


class ParameterType(StrEnum):
    """The types a parameter may have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAP = "map"
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


class Parameter(FileModel):
    """One typed parameter of a template."""

    type: Annotated[ParameterType, Field(strict=False)]
    description: str = ""
    default: JsonValue = None
    required: bool = False
    min: float | int | None = None
    max: float | int | None = None
    pattern: str | None = None
    values: tuple[str, ...] = Field(default=(), strict=False)
    items: Annotated[ParameterType, Field(strict=False)] | None = None
    sensitive: bool = False
    used_by: tuple[Annotated[Consumer, Field(strict=False)], ...] = Field(
        default=(Consumer.TERRAFORM, Consumer.PLAYBOOK), strict=False
    )


class DeclaredOutput(FileModel):
    """An output that other stacks may take as input; `stand_in` serves plans made before it is real."""

    type: Annotated[ParameterType, Field(strict=False)] = ParameterType.STRING
    items: Annotated[ParameterType, Field(strict=False)] | None = None
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


class TemplateFile(FileModel):
    """`template.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    name: Name
    version: Version
    summary: str
    parameters: dict[Identifier, Parameter] = {}
    outputs: dict[Identifier, DeclaredOutput] = {}
    playbook: str | None = None
    managed_on: tuple[Name, ...] = Field(default=(), strict=False)  # platforms without hosts, where no playbook runs
    checks: tuple[Check, ...] = Field(default=(), strict=False)
    local_safe: bool = False
    protected: bool = False  # holds data: destroy and replace are refused unless the blueprint says otherwise
    independent_hosts: bool = False  # no play looks at another host: a grown group configures its new hosts alone
    shareable: bool = False  # ready stacks may share an Ansible run: nothing in the playbook crosses from host to host
    deprecated: Deprecation | None = None


Parameters = dict[str, Any]
