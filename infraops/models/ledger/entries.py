"""Entries of the ledger: their kinds, and which payload each kind has. Pure.

Payloads hold typed fields alone, so that nothing slips in that was not meant to be kept; none of them has a field
for a secret. Fields may be added with a default; a field that has been written is never renamed or given a new sense.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infraops.models.ledger.changes import (
    ApprovalGiven,
    ChangeAuthorised,
    ChangeReviewed,
    EmergencyDeclared,
    EmergencyReviewed,
    LedgerAnchored,
)
from infraops.models.ledger.runs import CommandEnded, CommandStarted, RunEnded, RunStarted
from infraops.models.ledger.stacks import (
    StackBlocked,
    StackDestroyed,
    StackForgotten,
    StackRenamed,
    StacksProven,
    StackTakenOver,
)
from infraops.models.ledger.stations import (
    ChildEnded,
    ChildStarted,
    DriftFound,
    HostConfigured,
    HostsTouched,
    StationEnded,
    StationStarted,
)


class Kind(StrEnum):
    """What an entry tells."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"
    STATION_STARTED = "station_started"
    STATION_ENDED = "station_ended"
    CHILD_STARTED = "child_started"
    CHILD_ENDED = "child_ended"
    HOSTS_TOUCHED = "hosts_touched"
    HOST_CONFIGURED = "host_configured"
    DRIFT_FOUND = "drift_found"
    STACK_TAKEN_OVER = "stack_taken_over"
    STACKS_PROVEN = "stacks_proven"
    STACK_BLOCKED = "stack_blocked"
    STACK_DESTROYED = "stack_destroyed"
    STACK_FORGOTTEN = "stack_forgotten"
    STACK_RENAMED = "stack_renamed"
    COMMAND_STARTED = "command_started"
    COMMAND_ENDED = "command_ended"
    CHANGE_REVIEWED = "change_reviewed"
    APPROVAL_GIVEN = "approval_given"
    CHANGE_AUTHORISED = "change_authorised"
    EMERGENCY_DECLARED = "emergency_declared"
    EMERGENCY_REVIEWED = "emergency_reviewed"
    LEDGER_ANCHORED = "ledger_anchored"


@dataclass(frozen=True)
class Unknown:
    """An entry of a kind that this version does not know; `text` is its payload as it stands."""

    text: str


Payload = (
    RunStarted
    | RunEnded
    | StationStarted
    | StationEnded
    | ChildStarted
    | ChildEnded
    | HostsTouched
    | HostConfigured
    | DriftFound
    | StackTakenOver
    | StacksProven
    | StackBlocked
    | StackDestroyed
    | StackForgotten
    | StackRenamed
    | CommandStarted
    | CommandEnded
    | ChangeReviewed
    | ApprovalGiven
    | ChangeAuthorised
    | EmergencyDeclared
    | EmergencyReviewed
    | LedgerAnchored
    | Unknown
)


PAYLOADS: Mapping[Kind, type[Payload]] = {
    Kind.RUN_STARTED: RunStarted,
    Kind.RUN_ENDED: RunEnded,
    Kind.STATION_STARTED: StationStarted,
    Kind.STATION_ENDED: StationEnded,
    Kind.CHILD_STARTED: ChildStarted,
    Kind.CHILD_ENDED: ChildEnded,
    Kind.HOSTS_TOUCHED: HostsTouched,
    Kind.HOST_CONFIGURED: HostConfigured,
    Kind.DRIFT_FOUND: DriftFound,
    Kind.STACK_TAKEN_OVER: StackTakenOver,
    Kind.STACKS_PROVEN: StacksProven,
    Kind.STACK_BLOCKED: StackBlocked,
    Kind.STACK_DESTROYED: StackDestroyed,
    Kind.STACK_FORGOTTEN: StackForgotten,
    Kind.STACK_RENAMED: StackRenamed,
    Kind.COMMAND_STARTED: CommandStarted,
    Kind.COMMAND_ENDED: CommandEnded,
    Kind.CHANGE_REVIEWED: ChangeReviewed,
    Kind.APPROVAL_GIVEN: ApprovalGiven,
    Kind.CHANGE_AUTHORISED: ChangeAuthorised,
    Kind.EMERGENCY_DECLARED: EmergencyDeclared,
    Kind.EMERGENCY_REVIEWED: EmergencyReviewed,
    Kind.LEDGER_ANCHORED: LedgerAnchored,
}

KINDS: Mapping[type[Payload], Kind] = {payload: kind for kind, payload in PAYLOADS.items()}


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger. `hash` covers every other field, `previous` (the entry before) included."""

    seq: int  # from 1, without gaps
    at: datetime  # UTC, microseconds
    kind: str  # a Kind's value, unless a newer version wrote it
    run: str
    stack: str | None
    payload: Payload
    previous: str
    hash: str
