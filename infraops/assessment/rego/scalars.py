"""Built-in functions of Rego on texts and numbers. Pure."""

import hashlib
import ipaddress
import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import yaml

from infraops.assessment.rego.fitting import as_object, as_text
from infraops.assessment.rego.patterns import Failed, Unfit, expression, glob
from infraops.assessment.rego.reckoning import as_number, divided, read_number, times
from infraops.assessment.rego.values import RegoSet

_ADDRESSES = 65_536
_NUMERAL = r"(?:0|[1-9]\d*)"
_MARKS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"v?({_NUMERAL})\.({_NUMERAL})\.({_NUMERAL})(?:-({_MARKS}))?(?:\+{_MARKS})?", re.ASCII)
_AMOUNT = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?)([kmgtpeKMGTPE]?)([iI]?)", re.ASCII)


def from_json(text: Any) -> Any:
    """Read JSON."""
    return json.loads(as_text(text), parse_float=read_number, parse_constant=_no_number)


def unmarshal_yaml(text: Any) -> Any:
    """Read YAML as JSON: the first of its documents."""
    try:
        return json.loads(json.dumps(yaml_documents(text)[0], default=str), parse_float=read_number)
    except yaml.YAMLError as error:
        raise Unfit(f"it is no YAML: {error}") from None


def yaml_documents(text: Any) -> list[Any]:
    """Read YAML: every document in a text, None where there is none."""
    return list(yaml.safe_load_all(as_text(text))) or [None]


def _no_number(text: str) -> Any:
    raise Unfit(f"{text} is no number of JSON")


def to_number(value: Any) -> Any:
    """Read a number."""
    if value is None or isinstance(value, bool):
        return int(value or 0)
    if not isinstance(value, str):
        return as_number(value)
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", value, re.ASCII) is None:
        raise Unfit(f'"{value}" is no number')
    return read_number(value)


def substring(text: Any, start: int, length: int) -> str:
    """Return a part of a text; a negative length is all that is left."""
    if start < 0:
        raise Unfit("the start is negative")
    return as_text(text)[start:] if length < 0 else as_text(text)[start : start + length]


def numbers_from(first: int, last: int) -> list[int]:
    """Count from one number to another."""
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def steps_from(first: int, last: int, step: int) -> list[int]:
    """Count from one number to another in steps."""
    if step <= 0:
        raise Unfit("the step is not greater than 0")
    return list(range(first, last + 1, step)) if first <= last else list(range(first, last - 1, -step))


def split_some(text: Any, at: Any, number: int) -> list[str]:
    """Split a text, and return so many parts of it: the first, or the last where the number is below 0."""
    split = as_text(text).split(at) if as_text(at) else list(text)
    return split[:number] if number >= 0 else split[number:]


def places_of(text: Any, part: Any) -> list[int]:
    """Return every place where a part begins."""
    if not as_text(part):
        raise Unfit("the part that is looked for is empty")
    return [place for place in range(len(as_text(text))) if text.startswith(part, place)]


def format_int(value: Any, base: int) -> str:
    """Write a number to a base."""
    return format(math.trunc(as_number(value)), {2: "b", 8: "o", 10: "d", 16: "x"}[base])


def found(pattern: Any, text: Any, number: int) -> list[str]:
    """Return what a pattern finds."""
    found = [each[0] for each in expression(as_text(pattern)).finditer(as_text(text))]
    return found if number < 0 else found[:number]


def found_with_groups(pattern: Any, text: Any, number: int) -> list[list[str]]:
    """Return what a pattern finds, each with its groups."""
    found = [
        [each[0], *(group or "" for group in each.groups())]
        for each in expression(as_text(pattern)).finditer(as_text(text))
    ]
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
    found = _VERSION.fullmatch(as_text(text))
    if found is None:
        raise Unfit(f'"{text}" is no semantic version')
    if any(re.fullmatch(r"0\d+", mark) for mark in (found[4] or "").split(".")):
        raise Unfit(f'"{text}" is no semantic version')
    marks = [(0, int(mark), "") if mark.isdigit() else (1, 0, mark) for mark in (found[4] or "").split(".") if mark]
    return int(found[1]), int(found[2]), int(found[3]), not marks, marks


def order(one: Any, other: Any) -> int:
    """Compare semantic versions: -1, 0 or 1."""
    return (version(one) > version(other)) - (version(one) < version(other))


def bytes_in(text: Any) -> int:
    """Read a number of bytes such as 1K or 1Ki."""
    found = _AMOUNT.fullmatch(as_text(text).replace('"', "").lower().removesuffix("b"))
    if found is None:
        raise Unfit(f'"{text}" is no number of bytes')
    return int(Fraction(times(read_number(found[1]), _unit(found[2], found[3]))))


def units_in(text: Any) -> Any:
    """Read a number such as 1K, 1Ki or 100m, which is a tenth."""
    found = _AMOUNT.fullmatch(as_text(text).replace('"', ""))
    if found is None:
        raise Unfit(f'"{text}" is no number with a unit')
    if found[2] == "m" and not found[3]:
        return divided(read_number(found[1]), 1000)
    return times(read_number(found[1]), _unit(found[2].lower(), found[3]))


def _unit(letter: str, binary: str) -> int:
    unit: int = (1024 if binary else 1000) ** " kmgtpe".index(letter or " ")
    return unit


def read_network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read a network, or an address as one."""
    return ipaddress.ip_network(as_text(text), strict=False)


def addresses_in(text: Any) -> RegoSet:
    """Return every address of a network, as long as there are not too many."""
    network = read_network(text)
    if network.num_addresses > _ADDRESSES:
        raise Failed(f"{text} has more than {_ADDRESSES} addresses")
    return RegoSet(map(str, network))


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
