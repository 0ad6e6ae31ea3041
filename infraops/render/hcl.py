"""HCL: how a value is written so that it stays a value, and how a Jinja template is kept from making code of one."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from infraops.models.plans.address import WITHIN, Address

if TYPE_CHECKING:
    import jinja2

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAMES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_SPECIAL = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff"\\]|[$%](?=\{)')


class Word(str):
    """Text that stands in HCL as it is: an identifier, or the few words that were checked to be harmless."""

    __slots__ = ()


def word(text: str) -> Word:
    """Mark an identifier as such; `ValueError` where it is none."""
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(f"{text!r} is not an HCL identifier")
    return Word(text)


def quote(text: str) -> str:
    """Write a string as a quoted HCL template that yields exactly this string and evaluates nothing.

    `ValueError` where the text holds half a surrogate pair, which no UTF-8 file can hold.
    """
    text.encode()
    return f'"{_SPECIAL.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if found in "$%":  # they open a template before "{", unless doubled
        return found * 2
    return _NAMES.get(found) or f"\\u{ord(found):04x}"


def literal(value: Any) -> str:
    """Write a JSON-like value as an HCL expression on one line, as `terraform fmt` would leave it.

    Raises `ValueError` for numbers that are not finite and `TypeError` for what JSON does not know.
    """
    match value:
        case Word():
            return str(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case int():
            return str(int(value))
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value!r} is not a number that Terraform knows")
            return repr(float(value))
        case list() | tuple():
            return f"[{', '.join(map(literal, value))}]"
        case Mapping():
            items = [f"{quote(str(key))} = {literal(item)}" for key, item in value.items()]
            return f"{{ {', '.join(items)} }}" if items else "{}"
        case _:
            raise TypeError(f"a {type(value).__name__} has no HCL literal")


def reference(address: Address) -> Word:
    """Write the address of a resource in the template's module as the root module names it; `ValueError` as `word`."""
    steps = [step.name + ("" if step.key is None else f"[{literal(step.key)}]") for step in address.steps]
    for step in address.steps:
        word(step.name)
    return Word(WITHIN + ".".join(steps))


@cache
def templates() -> "jinja2.Environment":
    """Return the Jinja environment in which every expression becomes an HCL literal unless it is a `Word`."""
    import jinja2  # 30 ms; most commands render nothing

    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701 - this is HCL: `finalize` does for it what autoescape does for HTML
        finalize=literal,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["padded"] = _padded
    return environment


def _padded(text: Word, width: int) -> Word:
    return Word(word(text).ljust(width))
