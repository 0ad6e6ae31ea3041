"""The settings of a control repo, as `infraops.yaml` holds them."""

from typing import Literal

from pydantic import Field

from infraops.models.base import FileModel
from infraops.models.template import Name


class TerraformPin(FileModel):
    """The Terraform program this repo uses, and the version it must report (`major.minor` or `major.minor.patch`)."""

    program: str = "embedded"  # embedded | terraform | tofu | an absolute path
    version: str | None = None


class Defaults(FileModel):
    """What a command assumes when it is not told."""

    environment: Name | None = None
    parallelism: int | None = Field(default=None, ge=1)
    keep_runs: int = Field(default=50, ge=1)


class SettingsFile(FileModel):
    """`infraops.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    terraform: TerraformPin = TerraformPin()
    ledger: str | None = None  # None: SQLite in the user's state directory
    defaults: Defaults = Defaults()
