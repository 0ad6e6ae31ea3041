"""What an unquoted YAML scalar means: the core schema of YAML 1.2, and nothing beyond what JSON can carry.

`yes`, `no`, `on` and `off` are text, as are dates and `12:30`. Numbers that people read in two ways (`0755`) or that
JSON cannot hold (`.inf`, integers beyond 64 bits) are refused.
"""

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_FIRST = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LARGEST = 2**63


class AmbiguousScalar(ValueError):
    """The text reads as a number that cannot be taken; `problem` and `hint` say why.

    They do not repeat it: it may be a password that should have been a reference.
    """

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def resolve_plain(text: str) -> Scalar:
    """Return the value of an unquoted scalar.

    Raises AmbiguousScalar for numbers that are refused.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST:
        return text
    if _INTEGER.fullmatch(text):
        digits = text.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            raise AmbiguousScalar(
                "the number starts with a zero, which some read as octal",
                "put it in quotes if it is text, or take the zero away",
            )
        return _within_64_bits(int(text) if len(digits) < 25 else _LARGEST)
    if _BASED.fullmatch(text):
        return _within_64_bits(int(text, 0))
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise AmbiguousScalar("the number is too large", "put it in quotes if it is meant as text")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise AmbiguousScalar(f"{text} is not a number that Terraform can take", "put it in quotes if it is text")
    return text


def _within_64_bits(number: int) -> int:
    if not -_LARGEST <= number < _LARGEST:
        raise AmbiguousScalar("the number does not fit into 64 bits", "put it in quotes if it is meant as text")
    return number
