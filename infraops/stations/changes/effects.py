"""A stack's planned job as the change that an approval covers."""

from collections import Counter
from collections.abc import Iterable

from infraops.controlrepo.digests import inputs_digest
from infraops.models.basics.digests import digest_of
from infraops.models.changes.change import Change, ChangeClass, StackChange
from infraops.models.plans.plan import Action, PlanModel, ResourceChange
from infraops.models.stacks.stack import Environment
from infraops.render.state_account import state_account
from infraops.stations.bench.control import Control
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.evidence.stacks import locks_digest

CONFIGURE = "configure"
_NOTHING = (Action.NO_OP, Action.READ)


def change_of(job: Job, template_digest: str, tools: Tools) -> StackChange | None:
    """Return what an approval of a planned job has to cover; None where nothing would happen.

    `template_digest` is that of what its template does, with all that it may read besides.
    """
    assert job.plan is not None
    if not job.fingerprint:
        return None
    stack, classified = job.stack, job.classified
    return StackChange(
        stack=stack.name,
        fingerprint=job.fingerprint,
        deferred=job.plan.deferred,
        inputs=inputs_digest(stack, tools.workspace.root, tools.snapshot),
        template=stack.template.reference,
        template_digest=template_digest,
        locks=locks_digest(stack),
        lineage=job.plan.lineage,
        serial=job.plan.serial,
        effects=_effects(job),
        envelope=_envelope(job),
        change_class=classified.change_class if classified is not None else ChangeClass.NORMAL,
        cost_delta=job.cost.delta if job.cost is not None else None,
        summary=job.summary,
        demands=tuple(f"{demand.row}: {demand.who}" for demand in classified.demands) if classified else (),
    )


def whole_change(run: str, changes: Iterable[StackChange], environment: Environment, control: Control) -> Change:
    """Put the changes of a run's stacks together."""
    authors = {control.protected.principal(control.author)} - {""}
    authors |= set(control.signed(control.protected.commit).principals)
    return Change(
        id=run,
        environment=environment.name,
        target=target_of(environment),
        policies=control.protected.digest,
        base=control.protected.commit,
        commit=control.commit,
        authors=tuple(sorted(authors)),
        stacks={change.stack: change for change in changes},
    )


def target_of(environment: Environment) -> str:
    """Name where an environment's stacks live and where their states are kept, without what may be a password.

    An AWS account is named by its number, which the provider holds its credentials against: so an approval for one
    counts in no other.
    """
    state, account = environment.file.state, state_account(environment.file)
    settings = {**account, **state.config}
    kept = f"{state.backend} {digest_of(settings)[:12]}" if settings else state.backend
    within = f" in account {' or '.join(environment.accounts)}" if environment.accounts else ""
    return f"{environment.name} on {environment.platform}{within}, state in {kept}"


def actions_of(job: Job) -> dict[str, int]:
    """Count resources by what would happen to them, and hosts that would be configured."""
    counts = job.plan.counts if job.plan is not None else None
    known = (
        {}
        if counts is None
        else {
            "create": counts.create,
            "update": counts.update,
            "replace": counts.replace,
            "delete": counts.delete,
            "import": counts.imports,
            "forget": counts.forget,
            CONFIGURE: len(job.to_configure or ()),
        }
    )
    return {name: number for name, number in known.items() if number}


def _effects(job: Job) -> dict[str, str]:
    assert job.plan is not None
    found = {f"{_word(each)} {each.address}": _digest(each) for each in _acting(job.plan)}
    if job.plan.outputs_changed:
        found["change outputs"] = digest_of(job.plan.effect)[:12]
    if job.plan.state_from:
        found[f"move the state of {job.plan.state_from}"] = ""
    if job.to_configure is None:
        found["configure hosts yet to be made"] = ""
    return found | {f"{CONFIGURE} {host}": "" for host in job.to_configure or ()}


def _envelope(job: Job) -> dict[str, int]:
    assert job.plan is not None
    counted = Counter(f"{_word(each)} {each.type}" for each in _acting(job.plan))
    return dict(sorted(counted.items()))


def _acting(plan: PlanModel) -> list[ResourceChange]:
    return [each for each in plan.changes if each.action not in _NOTHING or each.importing]


def _word(change: ResourceChange) -> str:
    return f"import and {change.action.value}" if change.importing else change.action.value


def _digest(change: ResourceChange) -> str:
    return digest_of(
        [[each.path, str(each.before), str(each.after), each.unknown_after] for each in change.attributes]
    )[:12]
