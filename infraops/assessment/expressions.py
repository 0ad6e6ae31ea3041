"""Expressions in CEL: compiled once, evaluated against plain documents. Pure."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any


class Unusable(Exception):
    """An expression that cannot be compiled, or fails on a document; its text says why."""


class Missing(Unusable):
    """A key that an expression names, and that the document does not have."""


@cache
def _compiled(expression: str) -> Any:
    from cel import compile as compile_expression  # start-up time: only commands that assess plans need it

    try:
        return compile_expression(expression)
    except ValueError as error:
        raise Unusable(_one_line(error)) from None


def context_of(document: Mapping[str, Any]) -> Any:
    """Hand a document over to CEL, once for all expressions; raises Unusable where it cannot hold a value of it."""
    from cel import Context

    try:
        return Context(variables=dict(document))
    except (OverflowError, TypeError, ValueError) as error:
        raise Unusable(_one_line(error)) from None


def holds(expression: str, context: Any) -> bool:
    """Whether an expression is true; raises Unusable where it fails, or is neither true nor false."""
    program = _compiled(expression)
    try:
        value = program.execute(context)
    except KeyError as error:
        raise Missing(f'there is no "{error.args[0]}"') from None
    except Exception as error:  # CEL's own errors come as many kinds of Python's
        raise Unusable(_one_line(error)) from None
    if not isinstance(value, bool):
        raise Unusable("it is neither true nor false")
    return value


def try_out(expression: str, samples: Iterable[Mapping[str, Any]]) -> None:
    """Raise Unusable where an expression cannot be compiled, or fails on a sample of what it will be evaluated on.

    Which attributes a resource has nobody knows beforehand: one that speaks of them may miss something in a sample.
    """
    _compiled(expression)
    for sample in samples:
        try:
            holds(expression, context_of(sample))
        except Missing:
            if "attributes" not in expression:
                raise


def _one_line(error: Exception) -> str:
    """Return the first line of an error in CEL that says something, without the expression that it repeats."""
    text = str(error)
    _, found, rest = text.partition("ERROR: <input>:")
    line = (f"at {rest}" if found else text).splitlines()
    return line[0].rstrip(".") if line else type(error).__name__
