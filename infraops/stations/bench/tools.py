"""The bench: the tools that every station is handed, and how stations and gates make a line."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from infraops.controlrepo.digests import Snapshot
from infraops.errors import InfraOpsError
from infraops.ledger.ledger import Ledger
from infraops.models.basics.edges import turned
from infraops.models.basics.workspace import Workspace
from infraops.models.changes.risk import PastChange
from infraops.models.files.blueprint import Budget
from infraops.models.files.policy import Policies
from infraops.models.files.prices import Pricing
from infraops.models.ledger.answers import Owner, Success
from infraops.models.ledger.stations import ChildEnded, ChildStarted
from infraops.models.plans.contract import Outputs
from infraops.models.runs.events import Progress, Report, Said
from infraops.models.runs.results import Configured
from infraops.models.stacks.stack import Stack
from infraops.processes import Children, ProcessIdentity, Watch, Workers
from infraops.stations.bench.control import Control
from infraops.stations.bench.job import Ask, Job, Options
from infraops.stations.bench.rounds import Rounds
from infraops.stations.bench.slots import Slots
from infraops.tools.ansible.parts import Part
from infraops.tools.files import TemplateCopies
from infraops.tools.terraform.driver import Program

PLAN_FILE, PLAYING = ".tfplan", "-ansible"  # how the names of a stack's files end that no run leaves behind


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


class PlanDocuments:
    """Plan documents on their way from station plan to station assess, which takes them out. Shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Mapping[str, Any]] = {}

    def put(self, stack: str, document: Mapping[str, Any]) -> None:
        """Keep a stack's document, in which sensitive values are masked."""
        with self._lock:
            self._kept[stack] = document

    def take(self, stack: str) -> Mapping[str, Any] | None:
        """Hand a stack's document over, and forget it."""
        with self._lock:
            return self._kept.pop(stack, None)


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
    chosen: tuple[Stack, ...]  # those of the run
    slots: Slots
    policies: Policies = field(default_factory=Policies)
    control: Control | None = None  # None where the environment demands no approvals
    pricing: Pricing = field(default_factory=Pricing)
    budgets: Mapping[str, Budget] = field(default_factory=dict)  # of owners
    needed_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # stacks to destroy → those that stay
    proofs: Mapping[str, Success] = field(default_factory=dict)  # what the ledger proved when the run began
    snapshot: Snapshot = field(default_factory=Snapshot)
    copies: TemplateCopies = field(default_factory=TemplateCopies)
    outputs: OutputsBook = field(default_factory=OutputsBook)
    documents: PlanDocuments = field(default_factory=PlanDocuments)
    playing: Rounds[Part, Configured | InfraOpsError] = field(default_factory=Rounds)

    @cached_property
    def past(self) -> tuple[PastChange, ...]:
        """What the ledger knew of changes before this run; read once a run, when something is first judged by it."""
        if self.options.forget:
            return ()
        return tuple(change for change in self.ledger.changes() if change.run != self.run)

    @cached_property
    def provisioned(self) -> frozenset[str]:
        """Which of the run's stacks ever came to provision, under their names or those they had before."""
        return self.ledger.provisioned(sorted({name for stack in self.chosen for name in stack.names}))

    @cached_property
    def all_policies(self) -> tuple[Policies, ...]:
        """The rules that plans are judged by; where changes need approvals, the protected branch's come first."""
        protected = () if self.control is None else (self.control.protected.policies,)
        return (*protected, self.policies)

    @cached_property
    def reads_plans(self) -> bool:
        """Whether any rule is about Terraform's own plan documents."""
        return any(policies.read_plans for policies in self.all_policies)

    @cached_property
    def waiting(self) -> Mapping[str, frozenset[str]]:
        """Each stack of the repo with those that wait for it."""
        return turned({name: stack.depends_on for name, stack in self.stacks.items()})

    @cached_property
    def names_cost_centers(self) -> bool:
        """Whether any stack of the repo names one; asked for each stack, and found out once a run."""
        return any(stack.cost_center for stack in self.stacks.values())


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


def run_file(tools: Tools, stack: Stack, ending: str) -> Path:
    """Name a file or directory of this run that belongs to one stack."""
    return tools.run_directory / f"{stack.environment.name}-{stack.blueprint}{ending}"


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
        tools.ledger.hold(ChildStarted(program, pid, ticks), run=tools.run, stack=stack)

    def ended(identity: ProcessIdentity, exit_code: int, seconds: float) -> None:
        payload = ChildEnded(program, identity.pid, exit_code, seconds)
        tools.ledger.hold(payload, run=tools.run, stack=stack)

    return Watch(started, ended)
