"""The built-in functions of Rego that policies may use: those that touch nothing and say the same each time. Pure.

They raise Unfit, or any of Python's own errors, where they are handed what they do not take.
"""

import ipaddress
import json
import math
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import yaml

from infraops.assessment.rego.containers import (
    both,
    count,
    either,
    flatten,
    is_part,
    keys_of,
    member,
    member_at,
    minus,
    only,
    reachable,
    split_paths,
    total,
    union,
    value_at,
    walk,
    without,
)
from infraops.assessment.rego.fitting import as_array, as_many, as_object, as_text, as_texts
from infraops.assessment.rego.moments import nanoseconds_at, nanoseconds_in
from infraops.assessment.rego.patching import patch
from infraops.assessment.rego.patterns import Failed, Unfit, expression, sprintf
from infraops.assessment.rego.reckoning import as_number, divided, plus, remainder, rounded, times
from infraops.assessment.rego.scalars import (
    addresses_in,
    bytes_in,
    format_int,
    found,
    found_with_groups,
    from_json,
    hashed,
    holds_network,
    matches,
    numbers_from,
    order,
    parts,
    places_of,
    put_in,
    read_network,
    replaced,
    split_some,
    steps_from,
    substring,
    to_number,
    units_in,
    unmarshal_yaml,
    version,
    yaml_documents,
)
from infraops.assessment.rego.values import RegoSet, equal, from_key, sort_of, written


def _compared(passes: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: passes(sort_of(one), sort_of(other))


def _is(*kinds: str) -> Callable[[Any], bool]:
    return lambda value: _kind(value) in kinds


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "array", RegoSet: "set", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")


def _reads(read: Callable[[str], Any]) -> Callable[[Any], bool]:
    def reads(text: Any) -> bool:
        try:
            read(as_text(text))
        except (ValueError, yaml.YAMLError, Unfit, Failed):
            return False
        return True

    return reads


_TODAY: Mapping[str, Callable[..., Any]] = {
    "abs": lambda value: abs(as_number(value)),
    "and": both,
    "array.concat": lambda one, other: [*as_array(one), *as_array(other)],
    "array.flatten": lambda values: flatten(as_array(values)),
    "array.reverse": lambda values: as_array(values)[::-1],
    "array.slice": lambda values, start, end: as_array(values)[max(start, 0) : max(end, 0)],
    "base64.decode": lambda text: b64decode(as_text(text), validate=True).decode(),
    "base64.encode": lambda text: b64encode(as_text(text).encode()).decode(),
    "base64url.decode": lambda text: urlsafe_b64decode(as_text(text) + "=" * (-len(text) % 4)).decode(),
    "base64url.encode": lambda text: urlsafe_b64encode(as_text(text).encode()).decode(),
    "ceil": lambda value: math.ceil(as_number(value)),
    "concat": lambda between, texts: as_text(between).join(map(as_text, as_many(texts))),
    "contains": lambda text, part: as_text(part) in as_text(text),
    "count": count,
    "crypto.md5": hashed("md5"),
    "crypto.sha1": hashed("sha1"),
    "crypto.sha256": hashed("sha256"),
    "div": divided,
    "endswith": lambda text, end: as_text(text).endswith(as_text(end)),
    "equal": equal,
    "floor": lambda value: math.floor(as_number(value)),
    "format_int": format_int,
    "glob.match": matches,
    "graph.reachable": reachable,
    "gt": _compared(lambda one, other: one > other),
    "gte": _compared(lambda one, other: one >= other),
    "indexof": lambda text, part: as_text(text).find(as_text(part)),
    "internal.member_2": member,
    "internal.member_3": member_at,
    "internal.print": lambda values: True,  # it goes nowhere: stdout is for the answer
    "indexof_n": places_of,
    "intersection": lambda sets: reduce(both, as_many(sets)) if as_many(sets) else RegoSet(),
    "is_array": _is("array"),
    "is_boolean": _is("boolean"),
    "is_null": _is("null"),
    "is_number": _is("number"),
    "is_object": _is("object"),
    "is_set": _is("set"),
    "is_string": _is("string"),
    "json.filter": lambda value, paths: only(value, split_paths(paths)),
    "json.is_valid": _reads(from_json),
    "json.marshal": written,
    "json.patch": patch,
    "json.remove": lambda value, paths: without(value, split_paths(paths)),
    "json.unmarshal": from_json,
    "lower": lambda text: as_text(text).lower(),
    "lt": _compared(lambda one, other: one < other),
    "lte": _compared(lambda one, other: one <= other),
    "max": lambda values: max(as_many(values), key=sort_of),
    "min": lambda values: min(as_many(values), key=sort_of),
    "minus": minus,
    "mul": times,
    "neq": lambda one, other: not equal(one, other),
    "net.cidr_contains": holds_network,
    "net.cidr_expand": addresses_in,
    "net.cidr_intersects": lambda one, other: read_network(one).overlaps(read_network(other)),
    "net.cidr_is_valid": _reads(lambda text: ipaddress.ip_network(text if "/" in text else "", strict=False)),
    "numbers.range": numbers_from,
    "numbers.range_step": steps_from,
    "object.filter": lambda value, keys: {key: value[key] for key in keys_of(keys) if key in as_object(value)},
    "object.get": value_at,
    "object.keys": lambda value: RegoSet(map(from_key, as_object(value))),
    "object.remove": lambda value, keys: {
        key: each for key, each in as_object(value).items() if key not in keys_of(keys)
    },
    "object.subset": is_part,
    "object.union": union,
    "object.union_n": lambda objects: reduce(union, as_many(objects), {}),
    "or": either,
    "plus": plus,
    "product": lambda values: reduce(times, as_many(values), 1),
    "regex.find_all_string_submatch_n": found_with_groups,
    "regex.find_n": found,
    "regex.is_valid": _reads(expression),
    "regex.match": lambda pattern, text: expression(as_text(pattern)).search(as_text(text)) is not None,
    "regex.replace": put_in,
    "regex.split": parts,
    "rem": remainder,
    "replace": lambda text, old, new: as_text(text).replace(as_text(old), as_text(new)),
    "round": rounded,
    "semver.compare": order,
    "semver.is_valid": _reads(lambda text: version(text.removeprefix("v") and text)),
    "sort": lambda values: sorted(as_many(values), key=sort_of),
    "split": lambda text, at: as_text(text).split(at) if as_text(at) else list(as_text(text)),
    "sprintf": sprintf,
    "startswith": lambda text, start: as_text(text).startswith(as_text(start)),
    "strings.any_prefix_match": lambda texts, starts: (
        as_texts(texts) != [] and any(text.startswith(tuple(as_texts(starts))) for text in as_texts(texts))
    ),
    "strings.any_suffix_match": lambda texts, ends: (
        as_texts(texts) != [] and any(text.endswith(tuple(as_texts(ends))) for text in as_texts(texts))
    ),
    "strings.count": lambda text, part: as_text(text).count(as_text(part)),
    "strings.replace_n": replaced,
    "strings.reverse": lambda text: as_text(text)[::-1],
    "substring": substring,
    "sum": total,
    "time.parse_duration_ns": nanoseconds_in,
    "time.parse_rfc3339_ns": nanoseconds_at,
    "to_number": to_number,
    "trim": lambda text, signs: as_text(text).strip(as_text(signs)),
    "trim_left": lambda text, signs: as_text(text).lstrip(as_text(signs)),
    "trim_prefix": lambda text, start: as_text(text).removeprefix(as_text(start)),
    "trim_right": lambda text, signs: as_text(text).rstrip(as_text(signs)),
    "trim_space": lambda text: as_text(text).strip(),
    "trim_suffix": lambda text, end: as_text(text).removesuffix(as_text(end)),
    "type_name": _kind,
    "union": lambda sets: reduce(either, as_many(sets), RegoSet()),
    "units.parse": units_in,
    "units.parse_bytes": bytes_in,
    "upper": lambda text: as_text(text).upper(),
    "walk": walk,
    "yaml.is_valid": _reads(yaml_documents),
    "yaml.marshal": lambda value: yaml.safe_dump(json.loads(written(value)), default_flow_style=False),
    "yaml.unmarshal": unmarshal_yaml,
}
# Those that the compiler does not know, of old or new, and hands input and data as it would a rule.
_UNKNOWN: Mapping[str, Callable[..., Any]] = {
    "all": lambda values: all(each is True for each in as_many(values)),
    "any": lambda values: any(each is True for each in as_many(values)),
    "cast_array": as_many,
    "re_match": _TODAY["regex.match"],
    "set_diff": minus,
    "strings.split_n": split_some,
}
# By name: the function, and how many of its arguments are not its own.
BUILTINS = {name: (function, 0) for name, function in _TODAY.items()} | {
    name: (function, 2) for name, function in _UNKNOWN.items()
}
