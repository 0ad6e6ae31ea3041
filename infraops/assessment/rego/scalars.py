"""Built-in functions of Rego on texts and numbers. Pure."""

import hashlib
import ipaddress
import json
import math
import re
from collections.abc import Callable
from typing import Any

import yaml

from infraops.assessment.rego.fitting import as_number, as_object, as_text, as_whole
from infraops.assessment.rego.patterns import Unfit, expression, glob


def divided(one: Any, other: Any) -> Any:
    """Divide."""
    return as_whole(as_number(one) / as_number(other))


def remainder(one: Any, other: Any) -> int:
    """Return the remainder, with the sign of the first number."""
    return int(math.fmod(as_number(one), as_number(other)))


def from_json(text: Any) -> Any:
    """Read JSON."""
    return json.loads(as_text(text))


def unmarshal_yaml(text: Any) -> Any:
    """Read YAML as JSON."""
    try:
        return json.loads(json.dumps(yaml.safe_load(as_text(text)), default=str))
    except yaml.YAMLError as error:
        raise Unfit(f"it is no YAML: {error}") from None


def to_number(value: Any) -> Any:
    """Read a number."""
    if isinstance(value, str) and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", value) is None:
        raise Unfit(f'"{value}" is no number')
    return float(value) if isinstance(value, str) and not re.fullmatch(r"[-+]?\d+", value) else int(value or 0)


def substring(text: Any, start: int, length: int) -> str:
    """Return a part of a text; a negative length is all that is left."""
    if start < 0:
        raise Unfit("the start is negative")
    return as_text(text)[start:] if length < 0 else as_text(text)[start : start + length]


def rounded(value: Any) -> int:
    """Round halves away from zero."""
    size: int = math.floor(abs(as_number(value)) + 0.5)
    return size if value >= 0 else -size


def numbers_from(first: int, last: int) -> list[int]:
    """Count from one number to another."""
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def format_int(value: Any, base: int) -> str:
    """Write a number to a base."""
    return format(math.trunc(as_number(value)), {2: "b", 8: "o", 10: "d", 16: "x"}[base])


def found(pattern: Any, text: Any, number: int) -> list[str]:
    """Return what a pattern finds."""
    found = [each[0] for each in expression(as_text(pattern)).finditer(as_text(text))]
    return found if number < 0 else found[:number]


def put_in(text: Any, pattern: Any, new: Any) -> str:
    """Put something else where a pattern finds anything."""
    sought = expression(as_text(pattern))
    return sought.sub(re.sub(r"\$(?:\{(\w+)\}|(\w+))", r"\\g<\1\2>", as_text(new).replace("\\", r"\\")), as_text(text))


def parts(pattern: Any, text: Any) -> list[str]:
    """Split a text at what a pattern finds."""
    found, start = [], 0
    for each in expression(as_text(pattern)).finditer(as_text(text)):
        found.append(as_text(text)[start : each.start()])
        start = each.end()
    return [*found, as_text(text)[start:]]


def matches(pattern: Any, delimiters: Any, text: Any) -> bool:
    """Whether a glob matches."""
    chosen = () if delimiters is None else tuple(delimiters) or (".",)
    return glob(as_text(pattern), chosen).fullmatch(as_text(text)) is not None


def version(text: Any) -> tuple[Any, ...]:
    """Read a semantic version, in a form that sorts as versions do."""
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?", as_text(text))
    if found is None:
        raise Unfit(f'"{text}" is no semantic version')
    marks = [(0, int(mark), "") if mark.isdigit() else (1, 0, mark) for mark in (found[4] or "").split(".") if mark]
    return int(found[1]), int(found[2]), int(found[3]), not marks, marks


def order(one: Any, other: Any) -> int:
    """Compare semantic versions: -1, 0 or 1."""
    return (version(one) > version(other)) - (version(one) < version(other))


def bytes_in(text: Any) -> int:
    """Read a number of bytes such as 1K or 1Ki."""
    found = re.fullmatch(r'"?([\d.]+)\s*([kmgtpe]?)(i?)b?"?', as_text(text).lower())
    if found is None:
        raise Unfit(f'"{text}" is no number of bytes')
    unit: int = (1024 if found[3] else 1000) ** " kmgtpe".index(found[2] or " ")
    return round(float(found[1]) * unit)


def read_network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read a network, or an address as one."""
    return ipaddress.ip_network(as_text(text), strict=False)


def holds_network(outside: Any, inside: Any) -> bool:
    """Whether a network holds an address, or another network."""
    outer, inner = read_network(outside), read_network(inside)
    one_kind = outer.version == inner.version
    return one_kind and inner.network_address in outer and inner.broadcast_address in outer


def hashed(name: str) -> Callable[[Any], str]:
    """Return what digests a text."""
    return lambda text: hashlib.new(name, as_text(text).encode(), usedforsecurity=False).hexdigest()


def replaced(patterns: Any, text: Any) -> str:
    """Put other texts in the place of some."""
    if not as_object(patterns):
        return as_text(text)
    sought = "|".join(re.escape(key) for key in sorted(patterns))
    return re.sub(sought, lambda found: as_text(patterns[found[0]]), as_text(text))
