"""Validating what stands at a place of a document with a pydantic model."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from infraops.controlrepo.documents.document import Document, Step
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.words import KEYS, Wording, explain

M = TypeVar("M", bound=BaseModel)


def validate(
    model: type[M],
    document: Document,
    mistakes: Mistakes,
    *,
    at: Sequence[Step] = (),
    wording: Wording = KEYS,
    context: Any = None,
) -> M | None:
    """Make a model of what stands at `at`; None, with every mistake taken down, where it is not valid."""
    node = document.node(at)
    value = node.value if node is not None else {}
    try:
        return model.model_validate(value, by_alias=True, by_name=False, context=context)
    except ValidationError as error:
        mistakes.extend(explain(error, model, document, at, wording))
        return None


def mend(model: type[M], document: Document, *, vital: Sequence[str], stand_ins: Mapping[str, Any]) -> M | None:
    """Make a model of a document that is not valid, so that what is right in it can be checked against other files.

    Keys that are wrong are left out, and `stand_ins` put in for those that are missing then. Returns None where a
    `vital` key is wrong or perhaps misspelt: what is guessed about it would be reported as mistakes that are none.
    """
    try:
        model.model_validate(document.value, by_alias=True, by_name=False)
    except ValidationError as error:
        wrong = {str(found["loc"][0]) for found in error.errors(include_url=False) if found["loc"]}
        if any(get_close_matches(key, vital, n=1) for key in wrong):
            return None
        kept = {key: value for key, value in document.value.items() if key not in wrong}
        try:
            return model.model_validate({**stand_ins, **kept}, by_alias=True, by_name=False)
        except ValidationError:
            return None
    return None
