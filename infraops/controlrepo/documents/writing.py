"""Writing values as YAML that reads back as the very same values, in our own reader and in others'."""

import json
import re
from typing import Any

from infraops.controlrepo.documents.scalars import AmbiguousScalar, resolve_plain

# Readers of YAML 1.1 take these for booleans; quotes keep the text what it is for them too.
_ELSEWHERE = frozenset({"yes", "no", "on", "off", "y", "n"})
_PLAIN = re.compile(r"[A-Za-z0-9_./~@-]+( [A-Za-z0-9_./@-]+)*|[A-Za-z0-9_./@-]+(:[A-Za-z0-9_./@-]+)+")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.0-9_:eExo]*")


def yaml_value(value: Any) -> str:
    """Write a value of JSON's types on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{yaml_value(key)}: {yaml_value(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(yaml_value(item) for item in value) + "]"
        case str():
            return value if _plain(value) else _quoted(value)
        case float():
            text = repr(value)
            return text if "." in text else text.replace("e", ".0e")  # YAML 1.1 knows no 1e-7
        case _:
            return json.dumps(value)


def _plain(text: str) -> bool:
    if _PLAIN.fullmatch(text) is None or _NUMBER_LIKE.fullmatch(text) or text.lower() in _ELSEWHERE or text[0] in "-@":
        return False
    try:
        return resolve_plain(text) == text
    except AmbiguousScalar:
        return False


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
