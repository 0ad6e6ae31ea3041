"""What commands answer that carry no line: the repo, the stacks' standing, the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from infraops.models.ledger.answers import RunRecord, Verification
from infraops.models.plans.contract import Outputs
from infraops.models.plans.cost import Cost, Forecast
from infraops.models.plans.finding import Severity
from infraops.models.plans.plan import PlanModel
from infraops.models.runs.run import RunResult


@dataclass(frozen=True)
class OwnPin:
    """A stack whose environment pins another version of the template than its blueprint does."""

    stack: str
    template: str
    pinned_apart_from: str


@dataclass(frozen=True)
class DeprecatedUse:
    """A stack whose template is deprecated: how that is said, and whether the last day of its use has passed."""

    stack: str
    template: str
    deprecated: str
    over: bool


@dataclass(frozen=True)
class Validated:
    """What a control repo without mistakes holds."""

    root: str
    blueprints: int
    environments: tuple[str, ...]
    stacks: tuple[str, ...]
    templates: tuple[str, ...]
    pins: tuple[OwnPin, ...] = ()
    deprecated: tuple[DeprecatedUse, ...] = ()


@dataclass(frozen=True)
class Approved:
    """A signed approval: whose it is, for which authorities, until when, and where it was put."""

    change: str
    principal: str
    authorities: tuple[str, ...]
    expires: datetime
    digest: str
    where: tuple[str, ...]
    in_ledger: bool


@dataclass(frozen=True)
class Proven:
    """How many authorisations stand in the ledger, on how many approvals, and which of them do not hold, and why."""

    authorised: int = 0
    approvals: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Anchored:
    """An anchor of the ledger: whose signature, over which head, in which commit; `pushed` names the remote."""

    head: str
    principal: str
    commit: str
    ref: str
    pushed: str = ""


@dataclass(frozen=True)
class LedgerCheck:
    """What a look at the whole ledger found: its chain, its approvals, and the newest anchor it was held against."""

    chain: Verification
    approvals: Proven
    anchor: Anchored | None = None
    anchor_problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return self.chain.ok and not self.approvals.problems and not self.anchor_problem


@dataclass(frozen=True)
class OpenEmergency:
    """An emergency that nobody has reviewed yet: by which run, for which incident, and until when that is due."""

    run: str
    environment: str
    incident: str
    declared: datetime
    due: datetime


@dataclass(frozen=True)
class WaiverStanding:
    """A waiver, and whether it still works."""

    rule: str
    stack: str
    owner: str
    reason: str
    expires: str
    place: str
    works: bool


@dataclass(frozen=True)
class Explained:
    """One rule of policy, in the words of whoever wrote it, and the waivers that speak of it.

    `when` is an expression in CEL, or the text of a rule in Rego, which has its messages in it.
    """

    name: str
    severity: Severity
    when: str
    message: str
    hint: str
    control: str
    place: str
    built_in: bool
    waivers: tuple[WaiverStanding, ...] = ()
    kind: str = ""  # of a rule in Rego: deny, violation or warn, as its name begins


@dataclass(frozen=True)
class PolicyList:
    """Every rule of policy, with its waivers."""

    rules: tuple[Explained, ...]


@dataclass(frozen=True)
class CostRow:
    """What one stack costs, and may cost, a month; `cost` is None where it could not be planned."""

    stack: str
    owner: str
    cost: Cost | None
    budget: float | None


@dataclass(frozen=True)
class Costs:
    """What stacks cost, with the run that found it out."""

    result: RunResult
    rows: tuple[CostRow, ...]
    total: Cost
    forecast: Forecast


@dataclass(frozen=True)
class Standing:
    """One stack as it stands: what state and ledger say, without looking at the machines.

    `applied` says that its state holds something; `last_command` and the rest speak of the newest run that
    carried it beyond planning.
    """

    stack: str
    template: str
    owner: str
    depends_on: tuple[str, ...]
    applied: bool
    outputs: Outputs
    proven_hosts: tuple[str, ...] = ()
    last_run: str = ""
    last_command: str = ""
    last_outcome: str = ""
    last_at: datetime | None = None
    orphan: bool = False  # deployed, and no blueprint declares it any more
    pinned_apart_from: str = ""  # what the blueprint pins, where its environment pins another version of the template


@dataclass(frozen=True)
class RepoStanding:
    """How stacks stand, and the emergencies that wait for their review."""

    stacks: tuple[Standing, ...]
    emergencies: tuple[OpenEmergency, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """A stack's rendered files: their directory in the control repo, and how many of them were not so before."""

    stack: str
    directory: str
    written: int


@dataclass(frozen=True)
class StackOutputs:
    """A stack's outputs, declared ones and the contract's."""

    stack: str
    outputs: Outputs


@dataclass(frozen=True)
class RunLogs:
    """The logs of one run, by stack."""

    run: str
    logs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remembered:
    """A run as the ledger knows it, with its verdict: its outcome, or whether it is at work or was killed."""

    record: RunRecord
    verdict: str


@dataclass(frozen=True)
class Initialised:
    """A new control repo: its files, the Terraform program it pins, and whether a git repository was made.

    `kept` are files that were there already and stayed as they were; `inside` is the control repo around it, if any.
    """

    directory: str
    files: tuple[str, ...]
    terraform: str
    git: bool
    kept: tuple[str, ...] = ()
    ignored: bool = True  # whether git ignores what infraops writes: a .gitignore that was kept may not
    inside: str | None = None


@dataclass(frozen=True)
class Adoption:
    """A root module that was to be adopted: what it would be, its first plan, and whether that was written.

    `run` is the run that took it down in the ledger, or why there is none. `notes` are to be known before one says yes.
    """

    stack: str
    directory: str
    files: tuple[str, ...]
    resources: int
    plan: PlanModel
    notes: tuple[str, ...] = ()
    written: bool = False
    run: str = ""


@dataclass(frozen=True)
class StatePlace:
    """Where an environment's states are kept, and what was done so that they can be.

    `made` says what a new bucket is (private, versioned, …); `lacked` what one that was there was not, with how it was
    instead, and `mended` what of that it is now. `note` says why there was nothing to make.
    """

    environment: str
    backend: str
    bucket: str | None = None
    made: tuple[str, ...] = ()
    lacked: Mapping[str, str] = field(default_factory=dict)
    mended: tuple[str, ...] = ()
    note: str = ""
