"""What a reviewer is shown: what a change would do, and to whose stacks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infraops.errors import Place
from infraops.models.changes.change import Change
from infraops.models.ledger.runs import GitState
from infraops.models.reports.graph import StackGraph
from infraops.models.runs.run import RunResult


@dataclass(frozen=True)
class Subject:
    """What there is to know of a reviewed stack beside its plan."""

    stack: str
    template: str
    owner: str
    place: Place
    summary: str = ""


@dataclass(frozen=True)
class Review:
    """The plans of a change, its stacks by name, how these hang together, and what all of it was made from.

    `since` is the commit that it was asked to compare with; empty where all selected stacks were looked at.
    """

    result: RunResult
    subjects: Mapping[str, Subject]
    graph: StackGraph
    since: str = ""
    git: GitState | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    strangers: tuple[
        str, ...
    ] = ()  # authors whom nothing on the protected branch names: no approval counts before it does
    change: Change | None = None  # what `approve` signs; None where nothing would happen, or approvals are not demanded
