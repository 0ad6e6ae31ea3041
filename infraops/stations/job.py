"""The job: one stack's work on the line, and the bench of tools that its stations are handed."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infraops.controlrepo.digests import Snapshot
from infraops.errors import InfraOpsError
from infraops.ledger.ledger import Ledger
from infraops.models.contract import Outputs
from infraops.models.events import Progress, Report, Said
from infraops.models.plan import PlanModel
from infraops.models.record import Owner, Success
from infraops.models.results import CheckResult, Configured, Drift
from infraops.models.run import Failure, Outcome
from infraops.models.stack import Stack
from infraops.models.workspace import Workspace
from infraops.processes import Children, ProcessIdentity, Watch, Workers
from infraops.stations.rounds import Rounds
from infraops.stations.slots import Slots
from infraops.tools.ansible.parts import Part
from infraops.tools.files import TemplateCopies
from infraops.tools.terraform.driver import Program


@dataclass(frozen=True)
class Options:
    """What the operator asked of this run beside the selection."""

    destroy: bool = False
    replace: tuple[str, ...] = ()  # resource addresses, or names of hosts
    limit: tuple[str, ...] = ()  # names of hosts: configure these alone
    forks: int = 20
    trust_evidence: bool = False  # leave stacks alone that the ledger proves up to date
    evidence_of: str | None = None  # trust what this run proved, and nothing else
    replaced: frozenset[str] = frozenset()  # stacks in which `replace` was carried out already

    @property
    def hosts_to_replace(self) -> tuple[str, ...]:
        """Those of `replace` that name hosts: an address has a dot, a host's name in a module's answer has none."""
        return tuple(name for name in self.replace if "." not in name)


@dataclass(frozen=True)
class Question:
    """What the operator is asked before anything changes. `beyond_yes` questions are not answered by `--yes`."""

    environment: str
    jobs: tuple["Job", ...]
    destroy: bool
    typed_name: str | None = None  # demand that this name is typed
    beyond_yes: bool = False


Ask = Callable[[Question], bool]


class OutputsBook:
    """What stacks answer with: as planned, and as real once applied. Shared by the threads of a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: dict[str, Mapping[str, Any]] = {}
        self._real: dict[str, Outputs] = {}

    def note_planned(self, stack: str, values: Mapping[str, Any]) -> None:
        """Take down the output values that a stack's plan already knows."""
        with self._lock:
            self._planned[stack] = values

    def note_real(self, stack: str, outputs: Outputs) -> None:
        """Take down a stack's real outputs."""
        with self._lock:
            self._real[stack] = outputs

    def real(self, stack: str) -> Outputs | None:
        """Return a stack's real outputs, if they are known by now."""
        with self._lock:
            return self._real.get(stack)

    def planned(self, stack: str) -> Mapping[str, Any] | None:
        """Return a stack's planned outputs, if it was planned in this run."""
        with self._lock:
            return self._planned.get(stack)


@dataclass(frozen=True)
class Tools:
    """Everything of the outside world that a station may touch, chosen once a run."""

    workspace: Workspace
    run: str
    owner: Owner  # this process, as claims name it
    run_directory: Path
    program: Program
    environ: Mapping[str, str]
    children: Children
    workers: Workers
    ledger: Ledger
    report: Report
    now: Callable[[], datetime]
    ask: Ask
    options: Options
    stacks: Mapping[str, Stack]  # every stack of the repo, for looking up producers
    slots: Slots
    needed_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # stacks to destroy → those that stay
    proofs: Mapping[str, Success] = field(default_factory=dict)  # what the ledger proved when the run began
    snapshot: Snapshot = field(default_factory=Snapshot)
    copies: TemplateCopies = field(default_factory=TemplateCopies)
    outputs: OutputsBook = field(default_factory=OutputsBook)
    playing: Rounds[Part, Configured | InfraOpsError] = field(default_factory=Rounds)


@dataclass(frozen=True)
class Job:
    """One stack on its way; each station returns it with what it found out.

    `summary` and `outcome` speak of the station that returned it; `failure` ends the stack's way.
    """

    stack: Stack
    directory: Path
    made_from: str = ""  # digest of its files, values and programs as the run found them
    proof: Success | None = None  # what proves it up to date, so that no station needs to look
    summary: str = ""
    outcome: Outcome = Outcome.DONE
    inputs: Mapping[str, Any] = field(default_factory=dict)
    plan: PlanModel | None = None
    plan_file: Path | None = None
    to_configure: tuple[str, ...] | None = None  # hosts that lack evidence; None: not predictable before they exist
    fingerprint: str = ""  # digest of what carrying the plan out would do; empty where that is nothing
    outputs: Outputs | None = None
    configured: Configured | None = None
    skipped_hosts: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    drift: Drift | None = None
    digests: Mapping[str, str] = field(default_factory=dict)  # what verify proved, for the ledger
    notes: tuple[str, ...] = ()
    failure: Failure | None = None


Station = Callable[[Job, Tools], Job]


@dataclass(frozen=True)
class Gate:
    """A station where all stacks of a run wait for each other.

    `decide(jobs, tools, again)` raises where they may not go on; `again` says that a plan was made a second time.
    """

    name: str
    decide: Callable[[tuple[Job, ...], Tools, bool], None]


Line = tuple[Station | Gate, ...]


def name_of(station: Station | Gate) -> str:
    """Return a station's name as the line, the ledger and the output call it."""
    return station.name if isinstance(station, Gate) else station.__name__


def tell(tools: Tools, job: Job, station: str) -> Callable[[str], None]:
    """Return a function that reports what the job is doing now."""
    return lambda text: tools.report(Progress(job.stack.name, station, text))


def say(tools: Tools, job: Job, station: str, lines: Sequence[str], *, important: bool = False) -> None:
    """Write lines into the stack's log; important ones are shown without being asked for."""
    for line in lines:
        tools.report(Said(job.stack.name, station, line, important))


def watch_for(tools: Tools, stack: str, program: str) -> Watch:
    """Return what takes every child of a stack down in the ledger, so that a later run can end it or wait for it."""

    def started(identity: ProcessIdentity) -> None:
        pid, ticks = identity.pid, identity.started
        tools.ledger.child_started(tools.run, stack, program=program, pid=pid, started=ticks)

    def ended(identity: ProcessIdentity, exit_code: int, seconds: float) -> None:
        pid = identity.pid
        tools.ledger.child_ended(tools.run, stack, program=program, pid=pid, exit_code=exit_code, seconds=seconds)

    return Watch(started, ended)
