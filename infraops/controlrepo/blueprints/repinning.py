"""Editing the pins of a blueprint in its text: what is not about them stays as it is, byte for byte.

The places come from a YAML parser, the rest is text. What comes out is read again and held against what was meant, so
that a file which is written in a way that this does not understand is refused, and never spoilt.
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.parameters.rules import TEMPLATE_KEY
from infraops.errors import InfraOpsError

_MARK = "\ufeff"


class _Odd(Exception):
    """The file is written in a way that is not edited here."""


def repin(text: str, file: str, *, template: str, own: Mapping[str, str]) -> str:
    """Return a blueprint's text with this template, and own pins in these environments and no others.

    The text is one that was read without mistakes. Raises InfraOpsError where it is written so that it cannot be
    edited; then it is to be done by hand.
    """
    meant = _values(text)
    pinned = {name for name, values in meant["environments"].items() if TEMPLATE_KEY in values}
    meant["template"] = template
    for name, values in meant["environments"].items():
        values.pop(TEMPLATE_KEY, None)
        values.update({TEMPLATE_KEY: own[name]} if name in own else {})
    try:
        edited = _replaced(text, ("template",), template)
        for name in meant["environments"]:
            edited = _one_repinned(edited, ("environments", name, TEMPLATE_KEY), own.get(name), had=name in pinned)
        spoilt = _values(edited) != meant
    except (_Odd, yaml.YAMLError):
        spoilt = True
    if spoilt:
        pins = "".join(f"; environments.{name}.template: {pin}" for name, pin in sorted(own.items()))
        hint = f"by hand, it is template: {template}{pins}"
        raise InfraOpsError(f"editing {file}", "its anchors, aliases or merge keys stand in the way", hint)
    return edited


def _one_repinned(text: str, path: tuple[str, ...], pin: str | None, *, had: bool) -> str:
    if pin is None:
        return _removed(text, path) if had else text
    return _replaced(text, path, pin) if had else _added(text, path, pin)


def _values(text: str) -> dict[str, Any]:
    """Return what a text says, each value an object of its own, wherever aliases are."""
    mistakes = Mistakes()
    document = compose(text.removeprefix(_MARK), "", mistakes)
    if mistakes or document is None:
        raise _Odd
    copied: dict[str, Any] = json.loads(json.dumps(document.value))
    return copied


def _find(text: str, path: tuple[str, ...]) -> tuple[MappingNode, Node, Node]:
    """Return the mapping that holds the last key of the path, the key and its value. Raises _Odd where it is not there.

    It is not where an alias or a merge key brings it.
    """
    node: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for number, step in enumerate(path, 1):
        found = None
        if isinstance(node, MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
        if found is None:
            raise _Odd
        if number == len(path):
            assert isinstance(node, MappingNode)
            return node, *found
        node = found[1]
    raise _Odd


def _replaced(text: str, path: tuple[str, ...], value: str) -> str:
    _, _, node = _find(text, path)
    if not isinstance(node, ScalarNode):
        raise _Odd
    quote = node.style if node.style in ("'", '"') else ""
    return f"{text[: node.start_mark.index]}{quote}{value}{quote}{text[node.end_mark.index :]}"


def _added(text: str, path: tuple[str, ...], value: str) -> str:
    _, _, mapping = _find(text, path[:-1])
    if not isinstance(mapping, MappingNode):
        raise _Odd
    at, key = mapping.start_mark.index, path[-1]
    if mapping.flow_style:
        rest = text[at + 1 :] if mapping.value else text[at + 1 :].lstrip()
        return f"{text[:at]}{{{key}: {value}{', ' if mapping.value else ''}{rest}"
    line = text.rfind("\n", 0, at) + 1
    end = "\r\n" if "\r\n" in text else "\n"
    return f"{text[:at]}{key}: {value}{end}{text[line:at]}{text[at:]}"


def _removed(text: str, path: tuple[str, ...]) -> str:
    mapping, key, value = _find(text, path)
    start, end = key.start_mark.index, value.end_mark.index
    others = [each for each, _ in mapping.value if each is not key]
    if not others:
        return _emptied(text, path[:-1], mapping, end)
    if not mapping.flow_style:
        line = text.rfind("\n", 0, start) + 1
        below = text.find("\n", end)
        return text[:line] + (text[below + 1 :] if below >= 0 else "")
    if text[end:].lstrip().startswith(","):
        after = text.index(",", end) + 1
        return text[:start] + text[after:].lstrip()
    return text[:start].rstrip().removesuffix(",") + text[end:]


def _emptied(text: str, path: tuple[str, ...], mapping: MappingNode, end: int) -> str:
    if mapping.flow_style:
        return f"{text[: mapping.start_mark.index]}{{}}{text[mapping.end_mark.index :]}"
    _, key, _ = _find(text, path)
    colon = text.index(":", key.end_mark.index) + 1
    rest = text[colon : text.rfind("\n", 0, mapping.start_mark.index)]  # a comment behind the environment's name
    below = text.find("\n", end)
    return f"{text[:colon]} {{}}{rest}{text[below:] if below >= 0 else ''}"
