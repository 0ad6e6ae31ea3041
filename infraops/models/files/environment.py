"""The environment: platform, state backend, variables and change rules shared by its stacks."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from infraops.models.basics.base import FileModel
from infraops.models.files.authority import ApprovalRules, Freeze, StandardRules, Window
from infraops.models.files.blueprint import Budget
from infraops.models.files.template import Duration, Name, Variable

ADDRESS_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$"
HOST_NAME_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
HOST_KEY_PATTERN = r"^[a-z][a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$"
USER_PATTERN = r"^[A-Za-z_][A-Za-z0-9_.@-]*$"
GROUP_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
# As modules call it, and for a second one of the same kind its alias: aws, aws.us_east_1
PROVIDER_PATTERN = r"^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)?$"
EMULATOR_PATTERN = r"^https?://[A-Za-z0-9.:\[\]-]+/?$"
KEY_PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"

HostName = Annotated[str, Field(pattern=HOST_NAME_PATTERN, max_length=253)]
GroupName = Annotated[str, Field(pattern=GROUP_PATTERN)]
ProviderName = Annotated[str, Field(pattern=PROVIDER_PATTERN, max_length=60)]


class StateBackend(FileModel):
    """Terraform's own backend by name, with its settings; `local` keeps state in the user's state directory."""

    backend: Name = "local"
    config: dict[str, JsonValue] = {}


class ChangeRules(FileModel):
    """How careful a run must be here."""

    confirm_name: bool = False  # apply and destroy demand that the environment's name is typed
    protect_data: bool = True  # templates that hold data are not destroyed unless their blueprint allows it
    max_destroy: int | None = Field(default=None, ge=0)  # resources one run may destroy or replace
    fingerprint_key: str | None = Field(default=None, pattern=KEY_PATTERN)  # shared by all who plan and apply here
    approval: ApprovalRules | None = None  # changes need signed approvals; none: the one at the terminal says yes
    standard: StandardRules | None = None  # which changes are authorised beforehand; none: not one
    windows: dict[Name, Window] = {}
    freezes: tuple[Freeze, ...] = Field(default=(), strict=False)


class StaticHost(FileModel):
    """A machine that exists already."""

    address: str = Field(pattern=ADDRESS_PATTERN)
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(default="root", pattern=USER_PATTERN)
    groups: tuple[GroupName, ...] = Field(default=(), strict=False)
    vars: dict[str, Any] = {}
    host_key: str | None = Field(default=None, pattern=HOST_KEY_PATTERN)
    first_use: bool = False


class EnvironmentFile(FileModel):
    """`inventories/<name>/environment.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    name: Name
    platform: Name
    summary: str = ""
    providers: dict[ProviderName, dict[str, JsonValue]] = {}  # settings by Terraform's own names
    emulator: str | None = Field(default=None, pattern=EMULATOR_PATTERN)  # platform aws: what stands for the account
    state: StateBackend = StateBackend()
    variables: dict[Variable, Any] = {}
    change: ChangeRules = ChangeRules()
    budget: Budget | None = None  # of all its stacks together
    ssh_wait: Duration = "60s"  # how long configure waits for hosts that do not answer yet; 0s: not at all
    hosts: dict[Name, dict[HostName, StaticHost]] = {}  # platform static: blueprint name → host name → machine
