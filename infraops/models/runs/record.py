"""What the ledger takes down and what it answers: kinds of entries, their payloads, and what follows from them. Pure.

Payloads hold typed fields alone, so that nothing slips in that was not meant to be kept; none of them has a field
for a secret. Fields may be added with a default; a field that has been written is never renamed or given a new sense.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from infraops.models.runs.change_record import (
    ApprovalGiven,
    ChangeAuthorised,
    ChangeReviewed,
    Claimed,
    EmergencyDeclared,
    EmergencyReviewed,
    LedgerAnchored,
)
from infraops.models.runs.run import Outcome


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
class GitState:
    """The commit the control repo stood at; `dirty` says that files differed from it, `files_changed` how many."""

    commit: str
    branch: str | None = None
    dirty: bool = False
    files_changed: int = 0


@dataclass(frozen=True)
class Asked:
    """What an operator asked of a run beside its selection, so that it can be asked once more."""

    until: str = ""
    replace: tuple[str, ...] = ()
    limit: tuple[str, ...] = ()
    refresh: bool = False
    destroy: bool = False
    parallelism: int | None = None
    orphans: bool = False
    forget: bool = False
    claimed: Claimed = field(default_factory=Claimed)
    untrusted: bool = False
    infracost: str = ""  # the file, from the root of the file system


@dataclass(frozen=True)
class RunStarted:
    """A run began.

    `selection` is how the stacks were chosen, in words, never the command line as typed (it may hold a secret).
    `started` is the process' start in clock ticks since boot: with `pid` and `host` it names the process.
    """

    command: str
    user: str
    host: str
    pid: int
    started: int
    selection: str = ""
    stacks: tuple[str, ...] = ()
    git: GitState | None = None
    versions: Mapping[str, str] = field(default_factory=dict)  # of infraops, Terraform, Ansible, …
    asked: Asked = field(default_factory=Asked)
    resumes: str = ""  # the run that this one goes on with
    boot: str = ""  # as in `Owner`


@dataclass(frozen=True)
class RunEnded:
    """A run ended by itself; one that was killed has no such entry."""

    outcome: Outcome
    exit_code: int


@dataclass(frozen=True)
class StationStarted:
    """A stack entered a station; written before the station works."""

    station: str


@dataclass(frozen=True)
class InState:
    """How many managed resources a state holds; `place` is where it is, if it is kept on one machine alone."""

    resources: int
    place: str = ""


@dataclass(frozen=True)
class StationEnded:
    """A stack left a station. `digests` is the evidence it found, by name ("inputs", "effect", "playbook").

    `in_state` is what provision left behind, where that is known.
    """

    station: str
    outcome: Outcome
    seconds: float
    digests: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    in_state: InState | None = None


@dataclass(frozen=True)
class ChildStarted:
    """A foreign program was started; `started` as in `RunStarted`. Written before the program has done its work."""

    program: str
    pid: int
    started: int


@dataclass(frozen=True)
class ChildEnded:
    """A foreign program ended after `seconds`."""

    program: str
    pid: int
    exit_code: int
    seconds: float


@dataclass(frozen=True)
class HostsTouched:
    """A playbook is about to run on these hosts: what was proven of them holds no more. Written before it runs."""

    hosts: tuple[str, ...]


@dataclass(frozen=True)
class HostConfigured:
    """A host went through its playbook.

    `digest` is of all that its configuration is made from. `independent` says that no play looks at another host, so
    that the proof stands even if other hosts failed in the same run of the playbook.
    """

    host: str
    identity: str
    digest: str
    independent: bool = False


@dataclass(frozen=True)
class DriftFound:
    """A stack's resources (Terraform addresses) were found to differ from what was applied."""

    resources: tuple[str, ...]


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


@dataclass(frozen=True)
class CommandStarted:
    """Somebody runs a program on a stack by hand; `argv` without values of secrets and variables.

    `copy` is where its state was copied to before, empty where there was none. What `may_change` something ends every
    proof. Written before the program starts.
    """

    argv: tuple[str, ...]
    copy: str = ""
    may_change: bool = True


@dataclass(frozen=True)
class CommandEnded:
    """A program that somebody ran by hand has ended."""

    exit_code: int
    seconds: float


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


@dataclass(frozen=True)
class RunRecord:
    """What the ledger tells of a run. `ended` and `outcome` are None where no end was taken down.

    Whether such a run still goes on, only a look at its process can say (`pid`, `started_ticks`, on `host`).
    """

    id: str
    command: str
    started: datetime
    ended: datetime | None
    outcome: Outcome | None
    exit_code: int | None
    stacks: Mapping[str, Outcome | None]  # by full name, in order of appearance; None: at work when the record ends
    counts: Mapping[Outcome, int]  # stacks by outcome
    seconds: float  # to the last entry where there is no end
    selection: str
    git: GitState | None
    versions: Mapping[str, str]
    user: str
    host: str
    pid: int
    started_ticks: int

    @property
    def verdict(self) -> str:
        """The outcome in a word; "interrupted?" where no end was taken down."""
        return "interrupted?" if self.outcome is None else self.outcome.value


@dataclass(frozen=True)
class Success:
    """The last time a stack came through the whole line, with the digests of what it was made from then."""

    run: str
    at: datetime
    digests: Mapping[str, str]


@dataclass(frozen=True)
class Deployed:
    """The run that was the last to act on a stack, and how many resources it is known to have left in the state."""

    run: str
    at: datetime
    resources: int

    @property
    def many(self) -> str:
        """How many resources, in words."""
        return f"{self.resources} resource{'s' if self.resources != 1 else ''}"

    def __str__(self) -> str:
        return f"run {self.run} of {self.at.astimezone():%Y-%m-%d %H:%M} left {self.many} in it"


@dataclass(frozen=True)
class Owner:
    """The process that holds a stack for its run.

    `boot` names the boot of the machine and the process namespace, within which `pid` and `started` name a process.
    """

    run: str
    host: str
    boot: str
    pid: int
    started: int
    since: datetime

    def __str__(self) -> str:
        return f"run {self.run} on {self.host}, pid {self.pid}, since {self.since.astimezone():%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True)
class Head:
    """The end of the chain: kept elsewhere, it shows later that nothing before it was rewritten or cut off."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True)
class Verification:
    """What a look at the whole chain found. `first_bad` is the seq of the first entry that does not fit."""

    ok: bool
    entries: int
    head: Head
    first_bad: int | None = None
    why: str = ""
    anchored: Head | None = None  # the head kept elsewhere that the chain was held against
    limits: str = ""  # what this look cannot prove
