"""Validating what stands at a place of a document with a pydantic model."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from infraops.controlrepo.documents import Document, Step
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.words import KEYS, Wording, explain

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
