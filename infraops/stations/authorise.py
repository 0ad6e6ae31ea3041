"""Whether stacks may be changed where their environment demands approvals: by a rule, by people, or in an emergency.

Everything is verified anew, right before the very plan that it speaks of is carried out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from infraops.assessment.approvals import differences
from infraops.assessment.authority import demanded, missing
from infraops.errors import Denied, InfraOpsError, NotApproved, Stale
from infraops.models.change import ChangeClass, Classified, StackChange
from infraops.models.change_record import ApprovalGiven, ChangeAuthorised
from infraops.models.environment import ChangeRules
from infraops.models.record import Kind
from infraops.stations.bench import Tools, say
from infraops.stations.changing import actions_of, whole_change
from infraops.stations.control import Control
from infraops.stations.emergency import declare
from infraops.stations.job import Job
from infraops.stations.vouching import Vouched, Vouching, hold_against

_NAMED = 3  # stacks that an error names; the rest are counted


@dataclass(frozen=True)
class Authorised:
    """Why a stack may be changed, for the record, and the approvals that this rests on."""

    rule: str
    by: tuple[Vouched, ...] = ()


@dataclass(frozen=True)
class _Refusal:
    stack: str
    why: tuple[str, ...]
    kind: type[InfraOpsError]


def authorise(jobs: tuple[Job, ...], tools: Tools) -> None:
    """Take down by which rule each of these stacks may be changed.

    Raises Denied in a freeze, NotApproved where an approval is missing or not valid, Stale where one was given for
    something else than what would happen.
    """
    control = tools.control
    acting = [job for job in jobs if job.change is not None]
    if control is None or not acting:
        return
    environment = acting[0].stack.environment
    changes = (job.change for job in acting if job.change is not None)
    vouching = hold_against(whole_change(tools.run, changes, environment, control), control, tools)
    found = [(job, _decide(job, vouching, control)) for job in acting]
    refused = [each for _, each in found if isinstance(each, _Refusal)]
    if refused:
        for job, each in found:
            if isinstance(each, _Refusal):
                say(tools, job, "approve", each.why)
        raise _error(refused, control)
    if control.emergency:
        declare(tools)
    for job, each in found:
        if isinstance(each, Authorised):
            _take_down(job, each, control, tools)


def _decide(job: Job, vouching: Vouching, control: Control) -> Authorised | _Refusal:
    assert job.change is not None
    classified = job.classified or Classified(ChangeClass.NORMAL)
    if classified.frozen and classified.change_class is not ChangeClass.EMERGENCY:
        return _Refusal(job.stack.name, (classified.frozen,), Denied)
    if classified.change_class is ChangeClass.STANDARD:
        return Authorised("; ".join(classified.reasons))
    covering, objections, stale = _covering(job, job.change, vouching, control)
    people = {each.principal: each.authorities(control.protected) for each in covering}
    lacking = _lacking(classified, people, covering, control, job.stack.owner)
    if not lacking:
        words = ", ".join(demand.row for demand in classified.demands) or "approved"
        return Authorised(f"{classified.change_class.value}: {words}: {', '.join(sorted(people))}", tuple(covering))
    if stale:
        return _Refusal(job.stack.name, tuple(stale), Stale)
    return _Refusal(job.stack.name, (*lacking, *objections), NotApproved)


def _covering(
    job: Job, change: StackChange, vouching: Vouching, control: Control
) -> tuple[list[Vouched], list[str], list[str]]:
    """Return the approvals that count for a stack, why others do not, and what those say that are stale."""
    name = job.stack.name
    objections = [why for why, stacks in vouching.refused if not stacks or name in stacks]
    good: list[Vouched] = []
    stale: list[str] = []
    for each in vouching.good:
        then = each.approval.change.stacks.get(name)
        if then is None:
            continue
        by = f"{each.signed.origin} by {each.principal}"
        run = vouching.used.get((each.approval.nonce, name))
        differing = differences(then, change)
        if each.approval.change.policies != control.protected.digest:
            differing = (f"the rules of policy have changed since, on {control.protected.branch}", *differing)
        if job.plan is not None and job.plan.drift and differing:
            differing = (*differing, f"drift: {', '.join(drifted.address for drifted in job.plan.drift)}")
        if run is not None and differing:
            continue  # it did what it was given for, and speaks of nothing that is due now
        if run is not None:
            objections.append(f"{by}: it was used already, by run {run}")
        elif each.principal in each.authors:
            objections.append(f"{by}: an author of the change cannot approve it")
        elif not each.vouched:
            objections.append(
                f"{by}: nobody but the statement itself says who wrote the change (--author, signed commits)"
            )
        elif differing:
            stale += [line for line in differing if line not in stale]
        else:
            good.append(each)
    return good, objections, stale


def _lacking(
    classified: Classified, people: Mapping[str, frozenset[str]], covering: list[Vouched], control: Control, owner: str
) -> list[str]:
    """Say whose approval is missing still, by the rules as they are and as they were when approvals were given."""
    if not people:
        who = "; ".join(f"{demand.row}: {demand.who}" for demand in classified.demands)
        return [f"no approval covers it{f' ({who})' if who else ''}"]
    rules = (control.rules, *(each.then.rules.get(control.environment) for each in covering))
    lacking = []
    for demand in classified.demands:
        for each in rules:
            what = _missing(demand.row, each, people, owner)
            if what:
                lacking.append(f"{demand.row}: {what}")
                break
    return lacking


def _missing(row: str, rules: ChangeRules | None, people: Mapping[str, frozenset[str]], owner: str) -> str:
    """Say whose approval a row still lacks; rules of old that had no such row demand nothing by it."""
    if rules is None or rules.approval is None:
        return ""
    try:
        return missing(demanded(row, rules.approval), people, owner=owner)
    except KeyError:
        return ""


def _error(refused: list[_Refusal], control: Control) -> InfraOpsError:
    """Make one error of all refusals: a denial is the gravest, then what is missing, then what is stale."""
    kind = next(kind for kind in (Denied, NotApproved, Stale) if any(each.kind is kind for each in refused))
    chosen = [each for each in refused if each.kind is kind]
    lines = [f"{each.stack}: {'; '.join(each.why)}" for each in chosen[:_NAMED]]
    more = f"; and {len(chosen) - _NAMED} more stacks" if len(chosen) > _NAMED else ""
    hints = {
        Denied: "wait for its end, or declare an emergency: --emergency INCIDENT",
        NotApproved: f"`infraops review -e {control.environment}` names the change, `infraops approve CHANGE` signs it",
        Stale: f"look at it again: `infraops review -e {control.environment}`, and have it approved anew",
    }
    return kind("approving the plan", "; ".join(lines) + more, hints[kind])


def _take_down(job: Job, authorised: Authorised, control: Control, tools: Tools) -> None:
    """Take the approvals down first, so that whatever the record rests on stands in it."""
    known = {
        entry.payload.statement
        for entry in tools.ledger.entries(kind=Kind.APPROVAL_GIVEN)
        if isinstance(entry.payload, ApprovalGiven)
    }
    for each in authorised.by:
        if each.signed.statement not in known:
            given = ApprovalGiven(each.signed.statement, each.signed.signature, each.principal, each.then.commit)
            tools.ledger.append(Kind.APPROVAL_GIVEN, run=tools.run, payload=given)
    change = job.change
    assert change is not None
    payload = ChangeAuthorised(
        template=change.template,
        fingerprint=change.fingerprint,
        rule=authorised.rule,
        actions=actions_of(job),
        change_class=change.change_class.value,
        approvals=tuple(each.digest for each in authorised.by),
        approvers=tuple(sorted({each.principal for each in authorised.by})),
        nonces=tuple(each.approval.nonce for each in authorised.by),
        cost_delta=change.cost_delta,
        deferred=change.deferred,
    )
    tools.ledger.append(Kind.CHANGE_AUTHORISED, run=tools.run, stack=job.stack.name, payload=payload)
    say(tools, job, "approve", [authorised.rule], important=True)
