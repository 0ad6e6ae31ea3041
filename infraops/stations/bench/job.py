"""The job: one stack's work on the line, what the operator wants of it, and what the operator is asked about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops.models.changes.change import Classified, StackChange
from infraops.models.changes.risk import Risk
from infraops.models.ledger.answers import Success
from infraops.models.ledger.stations import InState
from infraops.models.plans.contract import Outputs
from infraops.models.plans.cost import Cost
from infraops.models.plans.finding import Finding
from infraops.models.plans.plan import PlanModel
from infraops.models.runs.results import CheckResult, Configured, Drift, Prediction
from infraops.models.runs.run import Failure, Outcome
from infraops.models.stacks.stack import Stack


@dataclass(frozen=True)
class Options:
    """What the operator asked of this run beside the selection."""

    destroy: bool = False
    forget: bool = False
    replace: tuple[str, ...] = ()  # resource addresses, or names of hosts
    limit: tuple[str, ...] = ()  # names of hosts: configure these alone
    forks: int = 20
    trust_evidence: bool = False  # leave stacks alone that the ledger proves up to date
    evidence_of: str | None = None  # trust what this run proved, and nothing else
    replaced: frozenset[str] = frozenset()  # stacks in which `replace` was carried out already
    untrusted: bool = False  # nobody has read yet what the stacks are made of

    @property
    def backwards(self) -> bool:
        """Whether stacks come to their end, those that need others first."""
        return self.destroy or self.forget

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
    forget: bool = False


Ask = Callable[[Question], bool]


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
    plan_digest: str = ""  # of that file as it was read
    to_configure: tuple[str, ...] | None = None  # hosts that lack evidence; None: not predictable before they exist
    fingerprint: str = ""  # digest of what carrying the plan out would do; empty where that is nothing
    outputs: Outputs | None = None
    in_state: InState | None = None  # what provision left there; None where that is not known
    configured: Configured | None = None
    skipped_hosts: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    drift: Drift | None = None
    prediction: Prediction | None = None
    digests: Mapping[str, str] = field(default_factory=dict)  # what verify proved, for the ledger
    findings: tuple[Finding, ...] = ()  # rules that the plan breaks, and none of them stops it
    cost: Cost | None = None  # a month; None where nobody asked for prices
    risk: Risk | None = None  # None where nothing would happen
    classified: Classified | None = None  # None where the environment demands no approvals
    change: StackChange | None = None  # what an approval would have to cover; None where nothing would happen, as well
    notes: tuple[str, ...] = ()
    failure: Failure | None = None
