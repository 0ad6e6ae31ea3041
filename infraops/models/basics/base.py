"""The two bases that every model of a user's file stands on."""

from pydantic import BaseModel, ConfigDict

SCHEMA = "infraops/v1"


class FileModel(BaseModel):
    """A frozen model of something the user wrote: unknown keys are mistakes, nothing is coerced silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)
