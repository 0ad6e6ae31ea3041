"""The blueprint: one YAML file that declares one service."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from infraops.models.basics.base import FileModel
from infraops.models.basics.versions import TEMPLATE_REFERENCE
from infraops.models.files.template import Name, Variable

OUTPUT_REFERENCE = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[A-Za-z_][A-Za-z0-9_-]*$"

TEMPLATE_REFERENCE_WORDS = "a template with its version, such as web-service@1.0"

TemplateReference = Annotated[str, Field(pattern=TEMPLATE_REFERENCE)]
OutputReference = Annotated[str, Field(pattern=OUTPUT_REFERENCE)]


def is_template_reference(text: str) -> bool:
    """Say whether a text names a template and its version."""
    return re.fullmatch(TEMPLATE_REFERENCE, text) is not None and not text.endswith("\n")


class Budget(FileModel):
    """What the service may cost."""

    monthly_usd: float | int = Field(ge=0)


class Adoption(FileModel):
    """Something that exists and that Terraform is to take over: at which address inside the module, by which id."""

    to: str
    id: str = Field(min_length=1)


class BlueprintFile(FileModel):
    """A blueprint as written.

    `environments` maps an environment's name to parameters that differ there; the key `template` among them pins
    another version of the template, while it is being promoted.
    """

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    name: Name
    template: TemplateReference
    owner: str = Field(min_length=1)
    summary: str = ""
    runbook: str | None = None
    cost_center: str | None = None
    tags: tuple[str, ...] = Field(default=(), strict=False)
    parameters: dict[Variable, Any] = {}
    environments: dict[Name, dict[Variable, Any]] = Field(min_length=1)
    inputs: dict[Variable, OutputReference] = {}
    depends_on: tuple[Name, ...] = Field(default=(), strict=False)
    moved_from: Name | None = None  # the name it had before, whose states it takes over
    adopt: dict[Name, Annotated[tuple[Adoption, ...], Field(strict=False)]] = {}  # by environment: ids differ
    forget: tuple[str, ...] = Field(default=(), strict=False)  # addresses that the module declares no more
    budget: Budget | None = None
    allow_destroy: bool = False  # lifts the protection of a template that holds data
