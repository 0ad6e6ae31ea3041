"""The environment: platform, state backend, variables and change rules shared by its stacks."""

from typing import Any, Literal

from pydantic import Field

from infraops.models.base import FileModel
from infraops.models.template import Identifier, Name


class StateBackend(FileModel):
    """Terraform's own backend by name, with its settings; `local` keeps state in the user's state directory."""

    backend: Name = "local"
    config: dict[str, str | int | bool] = {}


class ChangeRules(FileModel):
    """How careful a run must be here."""

    confirm_name: bool = False  # apply and destroy demand that the environment's name is typed
    protect_data: bool = True  # templates that hold data are not destroyed unless their blueprint allows it
    max_destroy: int | None = Field(default=None, ge=0)  # resources one run may destroy or replace


class StaticHost(FileModel):
    """A machine that exists already."""

    address: str
    port: int = 22
    user: str = "root"
    groups: tuple[str, ...] = Field(default=(), strict=False)
    vars: dict[str, Any] = {}
    host_key: str | None = None


class EnvironmentFile(FileModel):
    """`inventories/<name>/environment.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    name: Name
    platform: Name
    summary: str = ""
    state: StateBackend = StateBackend()
    variables: dict[Identifier, Any] = {}
    change: ChangeRules = ChangeRules()
    hosts: dict[Name, dict[str, StaticHost]] = {}  # platform static: blueprint name → host name → machine
