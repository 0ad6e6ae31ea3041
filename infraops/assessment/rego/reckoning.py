"""Numbers of Rego: whole ones as large as they are, all others with the 64 bits that OPA reckons with. Pure."""

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from infraops.assessment.rego.patterns import Failed, Unfit

_BITS = 64  # of what OPA keeps of a number that is not whole
_DIGITS = range(15, 22)  # enough for 64 bits
_LARGEST = 5000  # digits; what is larger would take all memory there is


def read_number(text: str) -> Any:
    """Read a number as JSON writes it, without losing any of it."""
    number = Decimal(text)
    small = number.is_finite() and abs(number.adjusted()) < _LARGEST
    return int(number) if small and number == number.to_integral_value() else number


def as_number(value: Any) -> Any:
    """Return a number: a whole one, or one with all its digits."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unfit("a number is needed")
    number = read_number(repr(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal) and abs(number.adjusted()) >= _LARGEST:
        raise Failed("it reckons with a number that is too large, or too small, for that")
    return number


def plus(one: Any, other: Any) -> Any:
    """Add."""
    return _reckoned(one, other, lambda first, second: first + second)


def less(one: Any, other: Any) -> Any:
    """Subtract."""
    return _reckoned(one, other, lambda first, second: first - second)


def times(one: Any, other: Any) -> Any:
    """Multiply."""
    return _reckoned(one, other, lambda first, second: first * second)


def divided(one: Any, other: Any) -> Any:
    """Divide."""
    return _reckoned(one, other, lambda first, second: first / second)


def remainder(one: Any, other: Any) -> int:
    """Return the remainder, with the sign of the first number."""
    first, second = as_number(one), as_number(other)
    if not isinstance(first, int) or not isinstance(second, int):
        raise Unfit("there is a remainder of whole numbers alone")
    left = abs(first) % abs(second)
    return left if first >= 0 else -left


def rounded(value: Any) -> int:
    """Round halves away from zero."""
    number = as_number(value)
    size = int(abs(number) + Decimal("0.5"))
    return size if number >= 0 else -size


def _reckoned(one: Any, other: Any, how: Callable[[Fraction, Fraction], Fraction]) -> Any:
    first, second = as_number(one), as_number(other)
    if isinstance(first, int) and isinstance(second, int):
        result = how(Fraction(first), Fraction(second))
        return int(result) if result.denominator == 1 else _shortest(_kept(result))
    return _shortest(_kept(how(_kept(Fraction(first)), _kept(Fraction(second)))))


def _kept(value: Fraction) -> Fraction:
    """Return what 64 bits hold of a number."""
    if value == 0:
        return value
    above = abs(value.numerator).bit_length() - value.denominator.bit_length()
    above -= abs(value) < Fraction(2) ** above
    scale = Fraction(2) ** (_BITS - 1 - above)
    return round(value * scale) / scale


def _shortest(value: Fraction) -> Any:
    """Write a number with as few digits as tell it from every other of 64 bits."""
    if value.denominator == 1:
        return int(value)
    near = Decimal(0)
    for digits in _DIGITS:
        near = Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))
        if _kept(Fraction(near)) == value:
            break
    return near.normalize()
