"""Patterns of Rego: regular expressions as Go has them, globs, and the formats of sprintf. Pure."""

import re
from decimal import Decimal
from functools import cache
from typing import Any

from infraops.assessment.rego.values import shown, written

_FOREIGN = re.compile(r"\\[pPzQECX]|\[\[:|\(\?[a-zA-Z]*U")
_FORMAT = re.compile(r"%([-+# 0]*)(\d*)(?:\.(\d+))?(?:\[(\d+)\])?(.)", re.DOTALL)


class Unfit(Exception):
    """What a built-in function was handed is nothing that it takes: its answer is undefined, as in OPA."""


class Failed(Exception):
    """A rule that cannot be evaluated, and must not count as one that holds; its text says why."""


@cache
def expression(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression; raises Failed where it may mean something else here than in Go."""
    if _FOREIGN.search(pattern):
        raise Failed(f"the regular expression {pattern} has parts that are not supported here")
    # In Go `$` is the end of the text alone, and \s, \d and \w are of ASCII.
    flags = re.match(r"\(\?([a-z]+)\)", pattern)
    many = flags is not None and "m" in flags[1]
    text = pattern if many else re.sub(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|\$", lambda at: at[1] or r"\Z", pattern)
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise Failed(f"the regular expression {pattern} cannot be read: {error}") from None


@cache
def glob(pattern: str, delimiters: tuple[str, ...]) -> re.Pattern[str]:
    """Compile a glob: `*` and `?` stop at delimiters, `**` does not."""
    one = f"[^{re.escape(''.join(delimiters))}]" if delimiters else "."
    text, place, depth = "", 0, 0
    while place < len(pattern):
        sign = pattern[place]
        if pattern.startswith("**", place):
            text, place = f"{text}.*", place + 2
            continue
        if sign == "[" and (end := pattern.find("]", place + 2)) > 0:
            inside = pattern[place + 1 : end]
            text += f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
            place = end + 1
            continue
        if sign == "\\" and place + 1 < len(pattern):
            text, place = text + re.escape(pattern[place + 1]), place + 2
            continue
        depth += (sign == "{") - (sign == "}")
        text += {"*": f"{one}*", "?": one, "{": "(?:", "}": ")"}.get(
            sign, "|" if sign == "," and depth else re.escape(sign)
        )
        place += 1
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise Failed(f"the glob {pattern} cannot be read: {error}") from None


def sprintf(template: Any, values: Any) -> str:
    """Format as Go does; what does not fit is marked in the text, and the text is there all the same."""
    if not isinstance(template, str) or not isinstance(values, list):
        raise Unfit("a format and an array are needed")
    place, chosen = 0, False

    def put(found: re.Match[str]) -> str:
        nonlocal place, chosen
        if found[5] == "%":
            return "%"
        if found[4]:  # %[2]s: this one, and from here on those after it
            place, chosen = int(found[4]) - 1, True
            if not 0 <= place < len(values):
                return f"%!{found[5]}(BADINDEX)"
        if place >= len(values):
            return f"%!{found[5]}(MISSING)"
        text = _formatted(found[5], found[1], found[3], values[place])
        place += 1
        width = int(found[2] or 0)
        return text.ljust(width) if "-" in found[1] else text.rjust(width, "0" if "0" in found[1] else " ")

    text = _FORMAT.sub(put, template)
    left = [] if chosen else values[place:]
    return f"{text}%!(EXTRA {', '.join(map(shown, left))})" if left else text


def _formatted(verb: str, flags: str, precision: str | None, value: Any) -> str:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    whole = number and value % 1 == 0
    if verb == "v" or (verb == "s" and not number):
        text = shown(value)
        return text if precision is None or verb == "v" else text[: int(precision)]
    if verb == "q":
        return written(value) if isinstance(value, str) else f'"{shown(value)}"'
    if verb == "t" and isinstance(value, bool):
        return written(value)
    sign = "+" if "+" in flags else ""
    if verb in "dxXob" and whole:
        return format(int(value), f"{sign}{verb}")
    if verb in "feEgG" and number:
        return format(float(value), f"{sign}{'.' + precision if precision is not None else ''}{verb}")
    if verb == "s":
        return shown(value)
    return f"%!{verb}({shown(value)})"
