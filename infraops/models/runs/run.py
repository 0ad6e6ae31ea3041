"""What became of a run: each stack's way through the stations, and the whole."""

from dataclasses import dataclass, field
from enum import StrEnum

from infraops.models.changes.change import Classified, StackChange
from infraops.models.changes.risk import Risk
from infraops.models.plans.contract import Outputs
from infraops.models.plans.cost import BudgetUse, Cost
from infraops.models.plans.finding import Finding
from infraops.models.plans.plan import Counts, PlanModel
from infraops.models.runs.results import CheckResult, Configured, Drift, Prediction


class Outcome(StrEnum):
    """How a station, a stack or a run ended."""

    DONE = "done"
    UNCHANGED = "unchanged"  # looked, and found nothing to do
    FAILED = "failed"
    BLOCKED = "blocked"  # something it depends on did not succeed
    INTERRUPTED = "interrupted"
    NOT_APPROVED = "not approved"  # nobody said yes to it
    NOT_REACHED = "not reached"  # the run ended before its turn, or --until stopped short of it

    @property
    def good(self) -> bool:
        """Whether the work was done or there was none."""
        return self in (Outcome.DONE, Outcome.UNCHANGED)


APPROVE, PROVISION = "approve", "provision"
TELLING = frozenset({"plan", PROVISION, "configure"})  # stations that tell a stack with work from one without


@dataclass(frozen=True)
class StationRecord:
    """One stack at one station: `begun` in seconds since the run began, `seconds` how long it took.

    Both are counted as `RunResult.seconds`: they stand still where the run does nothing but wait for an answer.
    """

    station: str
    outcome: Outcome
    begun: float
    seconds: float
    summary: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a stack did not make it: in which station, doing what, the problem, and what to do."""

    station: str
    doing: str
    problem: str
    hint: str = ""
    exit_code: int = 1


@dataclass(frozen=True)
class StackResult:
    """One stack at the end of a run."""

    stack: str
    outcome: Outcome
    stations: tuple[StationRecord, ...] = ()
    plan: PlanModel | None = None
    to_configure: tuple[str, ...] | None = None
    fingerprint: str = ""  # digest of what the change would do, equal for every plan with that effect; "": nothing
    outputs: Outputs | None = None
    configured: Configured | None = None
    skipped_hosts: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    failure: Failure | None = None
    findings: tuple[Finding, ...] = ()  # rules that the plan breaks, and none of them stops it
    cost: Cost | None = None  # a month; None where nobody asked for prices
    risk: Risk | None = None  # None where nothing would happen
    classified: Classified | None = None  # None where the environment demands no approvals
    change: StackChange | None = None  # what an approval would have to cover; None where nothing would happen, as well
    notes: tuple[str, ...] = ()
    blocked_by: str = ""
    drift: Drift | None = None
    prediction: Prediction | None = None  # of what configure would do
    proven_by: str = ""  # the run whose evidence says that it is up to date, so that nobody looked
    emulated: bool = False  # it is in an emulator: nothing real answers at its endpoints
    template: str = ""
    pinned_apart_from: str = ""  # what the blueprint pins, where its environment pins another version of the template

    @property
    def seconds(self) -> float:
        """Seconds at its stations, but for those in which it waited for an answer."""
        return sum(record.seconds for record in self.stations if record.station != APPROVE)

    @property
    def provisioned(self) -> Counts | None:
        """Resources that provision changed; None where it broke off, as nobody knows how many those were."""
        outcome = next((record.outcome for record in self.stations if record.station == PROVISION), None)
        if outcome is None:
            return Counts()
        return self.plan.counts if outcome.good and self.plan is not None else None


@dataclass(frozen=True)
class RunResult:
    """A run at its end.

    `seconds` is wall time without `waited`: the seconds in which all that the run did was to wait for an answer.
    `acting` says that its line leads through provision, so that it counts what was done and not what was planned.
    """

    run: str
    line: str
    environment: str
    outcome: Outcome
    seconds: float
    stacks: tuple[StackResult, ...] = field(default=())
    budgets: tuple[BudgetUse, ...] = ()  # of the environment and of owners, where they have any
    findings: tuple[Finding, ...] = ()  # rules that the run as a whole breaks, and none of them stops it
    orphans: tuple[str, ...] = ()  # stacks of the environment that are deployed and have no blueprint
    failure: Failure | None = None  # what ended the run as a whole: nobody said yes, a rule forbids it, a bug
    waited: float = 0.0
    acting: bool = False

    @property
    def cost(self) -> Cost | None:
        """What its stacks cost together; None where nobody knows it of any."""
        known = [result.cost for result in self.stacks if result.cost is not None]
        return sum(known[1:], start=known[0]) if known else None

    @property
    def counts(self) -> Counts:
        """Resources over all stacks: by what provision did to them in an acting run, else by what is planned."""
        known = (self.counts_of(result) for result in self.stacks)
        return sum((counts for counts in known if counts is not None), start=Counts())

    def counts_of(self, result: StackResult) -> Counts | None:
        """Resources of one stack, counted as `counts` does; None where there is no plan, or nobody knows."""
        if self.acting:
            return result.provisioned
        return result.plan.counts if result.plan is not None else None

    @property
    def unconfigured(self) -> int:
        """Resources that were found changed outside where nothing configures them, which is no drift."""
        found = (stack.drift or stack.plan for stack in self.stacks)
        return sum(len(each.unconfigured) for each in found if each is not None)

    @property
    def drifted(self) -> bool:
        """Whether anything was found to differ from what was applied."""
        return any(result.drift is not None and result.drift.any for result in self.stacks)

    @property
    def changes_pending(self) -> bool:
        """Whether any plan would change something, or any host would be configured."""
        return any(
            result.plan is not None and (not result.plan.empty or bool(result.to_configure)) for result in self.stacks
        )
