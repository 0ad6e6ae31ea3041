"""What the ledger answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from infraops.models.basics.moments import moment_in_words
from infraops.models.ledger.runs import GitState
from infraops.models.runs.run import Outcome


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
        return f"run {self.run} of {moment_in_words(self.at)} left {self.many} in it"


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
        return f"run {self.run} on {self.host}, pid {self.pid}, since {moment_in_words(self.since)}"


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
