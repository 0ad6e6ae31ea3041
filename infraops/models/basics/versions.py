"""Versions of templates: their order, and which one was probably meant. Pure."""

from collections.abc import Iterable

TEMPLATE_REFERENCE = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*@[0-9]+\.[0-9]+(\.[0-9]+)?$"

Numbers = tuple[int, ...]


def version_order(version: str) -> tuple[Numbers, str]:
    """Return what versions are sorted by: number by number, so that 1.9 comes before 1.10."""
    return tuple(int(part) for part in version.split(".")), version


def reference_order(reference: str) -> tuple[str, Numbers, str]:
    """Return what references such as `web-service@1.0` are sorted by: the name, then the version."""
    name, _, version = reference.partition("@")
    return (name, *version_order(version))


def nearest(wanted: str, versions: Iterable[str]) -> str:
    """Return which of the versions there are was probably meant: the next one up, else the newest.

    Versions of one first number are meant to fit in each other's place. Empty where there are none.
    """
    known = sorted(versions, key=version_order)
    alike = [one for one in known if one.partition(".")[0] == wanted.partition(".")[0]]
    above = [one for one in alike if version_order(one) > version_order(wanted)]
    return next(iter(above or alike[::-1] or known[::-1]), "")
