"""What is taken down of a stack beside its way through the stations."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StackTakenOver:
    """A stack was taken from a run that could not let go of it: a dead one, or `by_hand` by `infraops unlock`."""

    of: str
    by_hand: bool = False


@dataclass(frozen=True)
class StacksProven:
    """Stacks of a run that were left alone, each with the run that proves it up to date."""

    stacks: Mapping[str, str]


@dataclass(frozen=True)
class StackBlocked:
    """A stack was not worked on, because `by`, which it depends on, did not succeed."""

    by: str


@dataclass(frozen=True)
class StackDestroyed:
    """A stack's resources are gone."""


@dataclass(frozen=True)
class StackForgotten:
    """A stack's state was set aside: its resources are there, and Terraform does not know them any more."""

    resources: int


@dataclass(frozen=True)
class StackRenamed:
    """A stack takes over the state of `before`, as it was called. Written before the state is moved."""

    before: str
