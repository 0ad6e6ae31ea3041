"""Expressions in CEL: compiled once, evaluated against plain documents. Pure."""

import sys
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

_EXTENSION = "cel.cel"
_loading = threading.Lock()


class Unusable(Exception):
    """An expression that cannot be compiled, or fails on a document; its text says why."""


class Missing(Unusable):
    """A key that an expression names, and that the document does not have."""


def _library() -> Any:
    """Return the library's own extension, without the package around it.

    The package imports a shell for the terminal, which takes longer than all expressions of a run.
    """
    with _loading:  # an extension is loaded once a process, whichever thread comes first
        return sys.modules.get(_EXTENSION) or _load()


def _load() -> Any:
    package = find_spec(_EXTENSION.partition(".")[0])
    spec = PathFinder.find_spec(_EXTENSION, package.submodule_search_locations) if package is not None else None
    if spec is None or spec.loader is None:
        return import_module(_EXTENSION)
    extension = module_from_spec(spec)
    spec.loader.exec_module(extension)
    sys.modules[_EXTENSION] = extension
    return extension


@cache
def _compiled(expression: str) -> Any:
    try:
        return _library().compile(expression)
    except ValueError as error:
        raise Unusable(_one_line(error)) from None


def context_of(document: Mapping[str, Any]) -> Any:
    """Hand a document over to CEL, once for all expressions; raises Unusable where it cannot hold a value of it."""
    try:
        return _library().Context(variables=dict(document))
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
