"""From pydantic's errors to plain words, each with the line of what is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from infraops.controlrepo.documents.document import Document, Node, Step
from infraops.controlrepo.documents.outline import allowed_values, known_keys
from infraops.controlrepo.documents.phrases import dotted, either, listing, quote, show, suggest
from infraops.errors import Mistake
from infraops.models.basics.versions import TEMPLATE_REFERENCE
from infraops.models.files.authority import CLOCK_PATTERN, MOMENT_PATTERN, form_of
from infraops.models.files.blueprint import OUTPUT_REFERENCE, TEMPLATE_REFERENCE_WORDS
from infraops.models.files.deprecation import DATE_PATTERN
from infraops.models.files.environment import (
    ADDRESS_PATTERN,
    EMULATOR_PATTERN,
    GROUP_PATTERN,
    HOST_KEY_PATTERN,
    HOST_NAME_PATTERN,
    KEY_PATTERN,
    PROVIDER_PATTERN,
    USER_PATTERN,
)
from infraops.models.files.policy import RULE_PATTERN
from infraops.models.files.prices import ATTRIBUTE_PATTERN, CURRENCY_PATTERN, TYPE_PATTERN, UNIT_PATTERN
from infraops.models.files.settings import ENV_REFERENCE_PATTERN, PRINCIPAL_PATTERN, WEBHOOK_PATTERN
from infraops.models.files.template import (
    DURATION_PATTERN,
    IDENTIFIER_PATTERN,
    NAME_PATTERN,
    VARIABLE_PATTERN,
    VERSION_PATTERN,
)
from infraops.models.files.vendored import COMMIT_PATTERN, DIGEST_PATTERN, DIRECTORY_PATTERN, REF_PATTERN

OWN = "infraops"  # the type of errors that our own validators raise, with `problem` and `hint` in their context

_KEY = "[key]"  # ends pydantic's location of a mistake in a key itself
_EXPECTED = {
    "string_type": "text",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "none_required": "nothing",
}
PATTERNS = {
    NAME_PATTERN: "a name in lower-case letters and digits, parted by single hyphens, starting with a letter",
    IDENTIFIER_PATTERN: "a name in lower-case letters, digits and underscores, starting with a letter",
    VARIABLE_PATTERN: "a name in letters, digits, underscores and hyphens, starting with a letter or underscore",
    VERSION_PATTERN: 'a version such as "1.0" or "1.0.2"',
    DURATION_PATTERN: "a duration such as 500ms, 30s, 5m, 2h or 1d",
    ADDRESS_PATTERN: "a host name or an IP address",
    HOST_NAME_PATTERN: "a host name",
    HOST_KEY_PATTERN: 'a public host key such as "ssh-ed25519 AAAA…"',
    USER_PATTERN: "the name of a user",
    PROVIDER_PATTERN: "a provider as modules call it, such as aws, or aws.us_east_1 for a second one",
    EMULATOR_PATTERN: "an address such as http://127.0.0.1:5000",
    GROUP_PATTERN: "a name in letters, digits and underscores",
    TEMPLATE_REFERENCE: TEMPLATE_REFERENCE_WORDS,
    WEBHOOK_PATTERN: "an https:// address without a user, or an http:// address of this machine",
    ENV_REFERENCE_PATTERN: "a variable of the environment, such as env:INFRAOPS_WEBHOOK_SECRET",
    KEY_PATTERN: "where the key is, such as env:INFRAOPS_FINGERPRINT_KEY or file:~/.config/infraops/key",
    RULE_PATTERN: "the name of a rule, such as owner-present, or main.deny_public of one in Rego",
    DATE_PATTERN: "a day such as 2026-12-31",
    CLOCK_PATTERN: 'a time of day such as "09:00"',
    MOMENT_PATTERN: "a day and a time such as 2026-12-20T00:00",
    PRINCIPAL_PATTERN: "a principal such as jo@example.com",
    UNIT_PATTERN: "hour, day, month or year, or what is counted and then one of them, such as gb-month",
    TYPE_PATTERN: "a type of resource, such as aws_instance, or random_* for all that begin like this",
    ATTRIBUTE_PATTERN: "an attribute of a resource, such as size or root_block_device[0].volume_size",
    CURRENCY_PATTERN: "a currency, such as USD",
    REF_PATTERN: "a tag, a branch or a whole commit, such as v1.4.0",
    COMMIT_PATTERN: "a commit with all its digits",
    DIRECTORY_PATTERN: "the name of a directory",
    DIGEST_PATTERN: "a SHA-256 in hexadecimal digits",
    OUTPUT_REFERENCE: "a blueprint and one of its outputs, such as network.subnet_ids",
}


@dataclass(frozen=True)
class Wording:
    """What the checked values are called: `noun` for a key ("key", "parameter"), `where` for what holds them.

    `inside` is the path that messages begin with, where it is not the path in the document, and `tail` what follows
    the first step after it.
    """

    noun: str = "key"
    where: str = ""
    inside: tuple[Step, ...] | None = None
    tail: tuple[Step, ...] = ()


KEYS = Wording()


def explain(
    error: ValidationError,
    model: type[BaseModel],
    document: Document,
    at: Sequence[Step] = (),
    wording: Wording = KEYS,
) -> Iterator[Mistake]:
    """Yield one mistake for each thing wrong; `at` is where in the document the validated value stands."""
    top = document.node(at)
    grouped: dict[tuple[Step, ...], list[Mapping[str, Any]]] = {}
    for found in error.errors(include_url=False):
        if found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"]:
            continue  # it is only because of entries that are mistaken themselves
        grouped.setdefault(_path_in(top, found["loc"], missing=found["type"] == "missing"), []).append(found)
    for path, errors in grouped.items():
        yield _mistake(errors, model, document, (*at,), path, wording)


def _path_in(node: Node | None, location: Sequence[Step], *, missing: bool) -> tuple[Step, ...]:
    """Keep of pydantic's location what stands in the file, or is missing there: names of union members do not."""
    path: list[Step] = []
    if location and location[-1] == _KEY:
        location = location[:-1]
    for position, step in enumerate(location):
        if node is not None and node.entries is not None and isinstance(step, str):
            if step in node.entries:
                path.append(step)
                node = node.entries[step][1]
            elif missing and position == len(location) - 1:
                path.append(step)
        elif node is not None and node.items is not None and isinstance(step, int) and step < len(node.items):
            path.append(step)
            node = node.items[step]
    return tuple(path)


def _mistake(
    errors: Sequence[Mapping[str, Any]],
    model: type[BaseModel],
    document: Document,
    at: tuple[Step, ...],
    path: tuple[Step, ...],
    wording: Wording,
) -> Mistake:
    place = document.place(*at, *path)
    first = errors[0]
    kind = first["type"]
    subject = dotted((*(at if wording.inside is None else wording.inside), *path[:1], *wording.tail, *path[1:]))
    last = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        if wording.where and len(path) > 1:  # not of the parameters themselves, but inside the value of one
            inside = subject.rpartition(".")[0]
            return Mistake(place, f"{inside}: unknown key {quote(last)}", suggest(last, known_keys(model, path[:-1])))
        inside = f"{dotted(above)}: " if (above := (*at, *path[:-1])) and not wording.where else ""
        problem = f"{inside}unknown {wording.noun} {quote(last)}" + (f" {wording.where}" if wording.where else "")
        return Mistake(place, problem, suggest(last, known_keys(model, path[:-1])))
    if kind == "missing":
        noun = wording.noun if len(path) < 2 else KEYS.noun
        return Mistake(place, f"the {noun} {quote(subject)} is missing", _add_missing(model, path))
    if first["loc"] and first["loc"][-1] == _KEY:
        meaning = PATTERNS.get(first.get("ctx", {}).get("pattern", ""), "a shorter name")
        return Mistake(place, f"{quote(last)} cannot be used as a name here", f"expected {meaning}")
    node = document.node((*at, *path))
    found = show(node.value, node.written) if node is not None else "nothing"
    problem, hint = _describe(errors, model, path, found)
    if node is not None and not hint:
        hint = _mend(errors, node, last)
    return Mistake(place, f"{subject}: {problem}" if subject else problem, hint)


def _add_missing(model: type[BaseModel], path: Sequence[Step]) -> str:
    allowed = allowed_values(model, path)
    return f"add {path[-1]}: {allowed[0]}" if len(allowed) == 1 else "add it"


def _describe(
    errors: Sequence[Mapping[str, Any]], model: type[BaseModel], path: Sequence[Step], found: str
) -> tuple[str, str]:
    expected = list(dict.fromkeys(_EXPECTED[e["type"]] for e in errors if e["type"] in _EXPECTED))
    if "a number" in expected and "an integer" in expected:
        expected.remove("an integer")
    own = [error for error in errors if error["type"] not in _EXPECTED]
    if not own:
        return f"expected {either(expected)}, found {found}", ""
    kind, context = own[0]["type"], own[0].get("ctx", {})
    if kind == OWN:
        return context["problem"].replace("{found}", found), context.get("hint", "")
    if kind in ("literal_error", "enum"):
        allowed = allowed_values(model, path)
        one = f"expected {'one of ' if len(allowed) > 1 else ''}{listing(allowed)}, found {found}"
        return one, suggest(found.strip('"'), allowed, otherwise=_ONE) if len(allowed) > 1 else f"write {allowed[0]}"
    if kind == "union_tag_not_found" and context["discriminator"] == f"{form_of.__name__}()":
        hint = "write security, {of: security, count: 2} or {any: [owner, security]}"
        return f"expected a group, or a mapping with any, all, or of and count; found {found}", hint
    if kind == "union_tag_not_found":
        return 'the key "type" is missing', "add type: http, tcp or command"
    if kind == "union_tag_invalid":
        tags = context["expected_tags"].replace("'", "")
        tag = str(context["tag"])
        return f"expected a type of {tags}, found {quote(tag)}", suggest(tag, tags.split(", "), otherwise=_ONE)
    return _describe_limit(kind, context, found, own[0]["input"]), ""


def _describe_limit(kind: str, context: Mapping[str, Any], found: str, value: Any) -> str:
    match kind:
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            if pattern in (ENV_REFERENCE_PATTERN, KEY_PATTERN):  # what stands there may be the secret itself
                return f"expected {PATTERNS[pattern]}, found something else"
            return f"expected {PATTERNS.get(pattern, f'text that matches {pattern}')}, found {found}"
        case "greater_than_equal":
            return f"expected at least {context['ge']}, found {found}"
        case "less_than_equal":
            return f"expected at most {context['le']}, found {found}"
        case "greater_than":
            return f"expected more than {context['gt']}, found {found}"
        case "string_too_short" if context["min_length"] == 1:
            return "must not be empty"
        case "string_too_short":
            return f"expected at least {context['min_length']} characters, found {found}"
        case "string_too_long":
            return f"expected at most {context['max_length']} characters, found {found}"
        case "too_short":
            return f"expected at least {_entries(context['min_length'])}, found {_entries(len(value))}"
        case "too_long":
            return f"expected at most {_entries(context['max_length'])}, found {_entries(len(value))}"
        case _:
            return f"{found} cannot be used here"


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}" if count else "none"


_ONE = "write one of them"
_TRUE, _FALSE = ("yes", "on", "y"), ("no", "off", "n")


def _mend(errors: Sequence[Mapping[str, Any]], node: Node, key: str) -> str:
    kinds = {error["type"] for error in errors}
    value = node.value
    mapping = kinds & {"dict_type", "mapping_type", "model_type", "model_attributes_type"}
    if mapping and key == "environments" and isinstance(value, list) and value and isinstance(value[0], str):
        return f"write {value[0]}: {{}}, without the hyphen"
    if value is None:
        return "write {} for an empty one, or remove the key" if mapping else "write a value, or remove the key"
    if "bool_type" in kinds and isinstance(value, str) and value.lower() in (*_TRUE, *_FALSE):
        return f"write {'true' if value.lower() in _TRUE else 'false'}; yes, no, on and off are text here"
    if "string_type" in kinds and isinstance(value, int | float):
        return f'put it in quotes: "{node.written}"'
    if kinds & {"int_type", "float_type"} and isinstance(value, str) and value.replace(".", "", 1).isdigit():
        return "remove the quotes"
    if kinds & {"list_type", "tuple_type"} and not isinstance(value, dict):
        return f"write [{node.written}]"
    return ""
