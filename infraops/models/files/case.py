"""The cases that a template is tested with, as its `test.yaml` has them."""

from typing import Any, Literal

from pydantic import Field

from infraops.models.basics.base import FileModel
from infraops.models.files.template import Identifier, Name


class Case(FileModel):
    """One case: values of parameters, and of variables of modules that no parameter feeds."""

    parameters: dict[Identifier, Any] = {}
    variables: dict[Identifier, Any] = {}


class CasesFile(FileModel):
    """`test.yaml` of a template as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    cases: dict[Name, Case] = Field(min_length=1)
