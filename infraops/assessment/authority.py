"""Who has to say yes, and who of them has not: requirements of the authority table against people. Pure."""

from collections.abc import Mapping

from infraops.models.files.authority import OWNER, AllOf, AnyOf, ApprovalRules, Requirement, Several

# Rows that stand in no table. No row of a table can have these names: there, a name has no brackets.
ANY_SIGNER = "(any signer)"
EMERGENCY = "(emergency)"

People = Mapping[str, frozenset[str]]  # principal → the groups that he or she is a member of
_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NO_OWNER = "nobody, as the stack has no owner"


def demanded(row: str, rules: ApprovalRules) -> Requirement | None:
    """Return what the row of a `Demand` requires; None means anybody who may sign and wrote nothing of the change.

    Raises KeyError where the table has no such row: it was changed since.
    """
    if row == ANY_SIGNER:
        return None
    if row == EMERGENCY:
        return rules.emergency
    return {each.name: each.demand for each in rules.authorities}[row]


def missing(requirement: Requirement | None, people: People, *, owner: str) -> str:
    """Say who is missing among the people who said yes; empty where nobody is.

    `people` are those who said yes and whose word counts: a change's authors are left out beforehand. `owner` is the
    group that the authority "owner" stands for. One person may speak for several authorities, and is one person in
    each: within a `Several` he or she counts once.
    """
    match requirement:
        case None:
            return "" if people else in_words(None, owner=owner)
        case AllOf(all=parts):
            return "; ".join(text for part in parts if (text := missing(part, people, owner=owner)))
        case AnyOf(any=parts):
            texts = [missing(part, people, owner=owner) for part in parts]
            if not all(texts):
                return ""
            return " or ".join(dict.fromkeys(_wrap(text) if ";" in text else text for text in texts))
    group, count = _seats(requirement)
    signed = sum(_group(group, owner) in groups for groups in people.values()) if _group(group, owner) else 0
    if signed >= count:
        return ""
    has = f" ({_number(signed)} {'has' if signed == 1 else 'have'} signed)" if signed else ""
    return _so_many(count, group, owner) + has


def in_words(requirement: Requirement | None, *, owner: str) -> str:
    """Say who has to say yes: "one of team-shop and two of security"."""
    match requirement:
        case None:
            return "one person who may sign and wrote nothing of it"
        case AllOf(all=parts):
            return " and ".join(_nested(part, AnyOf, owner) for part in parts)
        case AnyOf(any=parts):
            return " or ".join(_nested(part, AllOf, owner) for part in parts)
    group, count = _seats(requirement)
    return _so_many(count, group, owner)


def _nested(part: Requirement, other: type[AllOf] | type[AnyOf], owner: str) -> str:
    text = in_words(part, owner=owner)
    return _wrap(text) if isinstance(part, other) else text


def _wrap(text: str) -> str:
    return f"({text})"


def _seats(requirement: str | Several) -> tuple[str, int]:
    """Return of which authority how many different people are required."""
    return (requirement.of, requirement.count) if isinstance(requirement, Several) else (requirement, 1)


def _group(name: str, owner: str) -> str:
    return owner if name == OWNER else name


def _so_many(count: int, group: str, owner: str) -> str:
    return f"{_number(count)} of {_group(group, owner) or _NO_OWNER}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
