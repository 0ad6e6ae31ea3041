"""Whether stacks may be changed where their environment demands approvals: by a rule, by people, or in an emergency.

Everything is verified anew, right before the very plan that it speaks of is carried out.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infraops.assessment.approvals import differences
from infraops.assessment.authority import demanded, missing
from infraops.controlrepo.digests import template_digest
from infraops.errors import Denied, InfraOpsError, NotApproved, Stale
from infraops.models.changes.change import ChangeClass, Classified, StackChange
from infraops.models.files.environment import ChangeRules
from infraops.models.ledger.changes import ApprovalGiven, ChangeAuthorised
from infraops.models.ledger.entries import Kind
from infraops.models.runs.events import Said
from infraops.stations.bench.control import Control
from infraops.stations.bench.job import Job, Options
from infraops.stations.bench.tools import Tools, say
from infraops.stations.change_control.emergency import declare
from infraops.stations.change_control.vouching import Vouched, Vouching, hold_against
from infraops.stations.changes.effects import actions_of, whole_change

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
    for why in vouching.unread:
        tools.report(Said("infraops", "", f"warning: an approval counts for nothing: {why}", important=True))
    found = [(job, _decide(job, vouching, control)) for job in acting]
    refused = [each for _, each in found if isinstance(each, _Refusal)]
    if refused:
        for job, each in found:
            if isinstance(each, _Refusal):
                say(tools, job, "approve", each.why)
        raise _error(refused, control, review_of(jobs, tools.options))
    if control.emergency:
        declare(tools)
    authorised = [(job, each) for job, each in found if isinstance(each, Authorised)]
    _copy_approvals([vouched for _, each in authorised for vouched in each.by], tools)
    for job, each in authorised:
        _take_down(job, each, tools)


def _decide(job: Job, vouching: Vouching, control: Control) -> Authorised | _Refusal:
    assert job.change is not None
    classified = job.classified or Classified(ChangeClass.NORMAL)
    if classified.frozen and classified.change_class is not ChangeClass.EMERGENCY:
        return _Refusal(job.stack.name, (f"frozen: {classified.frozen}",), Denied)
    if classified.change_class is ChangeClass.STANDARD:
        return Authorised("; ".join(classified.reasons))
    covering, objections, stale = _covering(job, job.change, vouching, control)
    people = {each.principal: each.authorities(control.protected) for each in covering}
    lacking = _lacking(job, classified, people, covering, control)
    if not lacking:
        words = ", ".join(demand.row for demand in classified.demands) or "approved"
        return Authorised(f"{classified.change_class.value}: {words}: {', '.join(sorted(people))}", tuple(covering))
    if stale:
        return _Refusal(job.stack.name, tuple(stale), Stale)
    not_standard = [f"not standard: {'; '.join(classified.reasons)}"] if control.rules.standard is not None else []
    return _Refusal(job.stack.name, (*lacking, *objections, *not_standard), NotApproved)


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
            one = "whoever signed a commit of it, also one that merged it, is one"
            objections.append(f"{by}: an author of the change cannot approve it ({one})")
        elif differing:
            stale += [line for line in differing if line not in stale]
        elif not each.vouched:
            objections.append(
                f"{by}: nobody but the statement itself says who wrote the change (--author, signed commits)"
            )
        elif each.strangers:
            objections.append(f"{by}: change.people does not say who {', '.join(each.strangers)} is, who wrote it")
        else:
            good.append(each)
    return good, objections, stale


def _lacking(
    job: Job, classified: Classified, people: Mapping[str, frozenset[str]], covering: list[Vouched], control: Control
) -> list[str]:
    """Say whose approval is missing still, by the rules as they are and as they were when approvals were given.

    So it is with whose the stack is: a change does not choose its own approvers by naming another owner. An orphan is
    whose it was when it was last applied.
    """
    if not people:
        who = "; ".join(f"{demand.row}: {demand.who}" for demand in classified.demands)
        return [f"no approval covers it{f' ({who})' if who else ''}"]
    stack = job.stack
    existed = job.change is not None and bool(job.change.lineage or (job.plan is not None and job.plan.state_from))
    held_to = [(control.rules, control.protected.commit)]
    held_to += [(rules, each.then.commit) for each in covering if (rules := each.then.rules.get(control.environment))]
    lacking: dict[str, str] = {}
    for rules, commit in held_to:
        owner = control.owner_then(commit, stack)
        if not owner and existed and stack.has_blueprint:
            problem = f"{stack.place.file} did not hold {stack.moved_from or stack.blueprint} on {commit[:12]}"
            return [f"{problem}: nobody knows whose it was, so merge its move alone"]
        for demand in classified.demands:
            what = _missing(demand.row, rules, people, owner or stack.owner)
            if what:
                lacking[demand.row] = f"still missing {demand.row}: {what}"
    return list(lacking.values())


def _missing(row: str, rules: ChangeRules, people: Mapping[str, frozenset[str]], owner: str) -> str:
    """Say whose approval a row still lacks; rules of old that had no such row demand nothing by it."""
    if rules.approval is None:
        return ""
    try:
        return missing(demanded(row, rules.approval), people, owner=owner)
    except KeyError:
        return ""


def review_of(jobs: tuple[Job, ...], options: Options) -> str:
    """Return the command that reviews what a run was asked to do."""
    words = ["infraops", "review", "-e", jobs[0].stack.environment.name]
    if options.backwards or options.replace or options.limit:
        words += sorted(job.stack.blueprint for job in jobs)
    if options.backwards:
        words += ["--forget" if options.forget else "--destroy"]
        words += ["--orphans"] if not all(job.stack.has_blueprint for job in jobs) else []
    words += [word for name in options.replace for word in ("--replace", name)]
    words += [word for name in options.limit for word in ("--limit", name)]
    return shlex.join(words)


def _error(refused: list[_Refusal], control: Control, review: str) -> InfraOpsError:
    """Make one error of all refusals: a denial is the gravest, then what is missing, then what is stale."""
    kind = next(kind for kind in (Denied, NotApproved, Stale) if any(each.kind is kind for each in refused))
    chosen = [each for each in refused if each.kind is kind]
    lines = [f"{each.stack}: {'; '.join(each.why)}" for each in chosen[:_NAMED]]
    more = f"; and {len(chosen) - _NAMED} more stacks" if len(chosen) > _NAMED else ""
    hints = {
        Denied: "wait for its end, or declare an emergency: --emergency INCIDENT",
        NotApproved: f"`{review}` names the change, `infraops approve CHANGE` signs it",
        Stale: f"look at it again: `{review}`, and have it approved anew",
    }
    return kind("approving the plan", "; ".join(lines) + more, hints[kind])


def take_down_yes(jobs: tuple[Job, ...], tools: Tools, rule: str) -> None:
    """Take down how somebody said yes to stacks whose environment demands no approvals."""
    for job in jobs:
        if tools.control is None and job.fingerprint:
            digest = template_digest(job.stack, tools.workspace.root, tools.snapshot)
            payload = ChangeAuthorised(**_facts(job), template_digest=digest, fingerprint=job.fingerprint, rule=rule)
            tools.ledger.append(payload, run=tools.run, stack=job.stack.name)


def _facts(job: Job) -> dict[str, Any]:
    """Return what the record says of every change, whoever said yes to it."""
    return {
        "template": job.stack.template.reference,
        "actions": actions_of(job),
        "deferred": job.plan is not None and job.plan.deferred,
        "cost_delta": job.cost.delta if job.cost is not None else None,
        "cost_after": job.cost.after if job.cost is not None and job.cost.known else None,
    }


def _copy_approvals(approvals: Iterable[Vouched], tools: Tools) -> None:
    """Take the approvals down first, so that whatever the record rests on stands in it."""
    known = {
        entry.payload.statement
        for entry in tools.ledger.entries(kind=Kind.APPROVAL_GIVEN)
        if isinstance(entry.payload, ApprovalGiven)
    }
    for each in approvals:
        if each.signed.statement not in known:
            given = ApprovalGiven(each.signed.statement, each.signed.signature, each.principal, each.then.commit)
            tools.ledger.append(given, run=tools.run)
            known.add(each.signed.statement)


def _take_down(job: Job, authorised: Authorised, tools: Tools) -> None:
    change = job.change
    assert change is not None
    payload = ChangeAuthorised(
        **_facts(job),
        template_digest=change.template_digest,
        fingerprint=change.fingerprint,
        rule=authorised.rule,
        change_class=change.change_class.value,
        approvals=tuple(each.digest for each in authorised.by),
        approvers=tuple(sorted({each.principal for each in authorised.by})),
        nonces=tuple(each.approval.nonce for each in authorised.by),
    )
    tools.ledger.append(payload, run=tools.run, stack=job.stack.name)
    say(tools, job, "approve", [authorised.rule], important=True)
