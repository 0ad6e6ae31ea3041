"""A change: what a run would do to stacks, of which class it is, and who has to say yes to it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeClass(StrEnum):
    """How a change may go on: authorised beforehand by a rule, by people, or at once with a review afterwards."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


@dataclass(frozen=True)
class Demand:
    """A row of the authority table that holds of a change: its name, and in words who has to say yes.

    Whoever decides takes the requirement itself from the rules of the protected branch, by that name.
    """

    row: str
    who: str


@dataclass(frozen=True)
class Classified:
    """The class of one stack's change. `reasons` tell which rule makes it standard, or why it is not.

    Where `frozen` says why, nothing may be done now, whoever says yes; an emergency is never frozen.
    """

    change_class: ChangeClass
    reasons: tuple[str, ...] = ()
    demands: tuple[Demand, ...] = ()
    frozen: str = ""


@dataclass(frozen=True)
class StackChange:
    """What an approval covers of one stack.

    `effects` names each resource that something would happen to ("create terraform_data.page") with a digest of what.
    `envelope` counts them by action and type ("create terraform_data"): a deferred stack is held to that, as its
    effect is not known before its inputs are real. `lineage` names the state; `serial` is taken down, and not bound.
    """

    stack: str
    fingerprint: str
    deferred: bool
    inputs: str  # digest of all files and values that the stack is made from
    template: str  # its reference
    template_digest: str
    locks: str
    lineage: str
    serial: int | None
    effects: Mapping[str, str]
    envelope: Mapping[str, int]
    change_class: ChangeClass
    cost_delta: float | None  # a month; None where no price is known
    summary: str = ""
    demands: tuple[str, ...] = ()  # in words, for who signs


@dataclass(frozen=True)
class Change:
    """What a review found, as it is signed: its stacks, where they are, and what it was judged by."""

    id: str  # the run that found it
    environment: str
    target: str  # platform and state backend, as text
    policies: str  # digest of the rules it was judged by
    base: str  # commit of the protected branch that rules and signers were read at
    commit: str  # taken down, and not bound: a squash merge makes another one
    authors: tuple[str, ...]  # principals, or identities of the forge
    stacks: Mapping[str, StackChange] = field(default_factory=dict)
