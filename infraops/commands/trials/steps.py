"""The steps of a template's test, each the command that a user would give; a step that goes wrong raises."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.destroy import destroy
from infraops.commands.render import render
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.commands.trials.throwaway import deployed
from infraops.controlrepo.scaffolding.cases import ENVIRONMENT
from infraops.errors import Exit, InfraOpsError, Interrupted
from infraops.models.plans.plan import Action, PlanModel
from infraops.models.runs.run import Failure, Outcome, RunResult

_WHOLE = Selection(environment=ENVIRONMENT)


def _render(there: Surroundings) -> None:
    render(_WHOLE, there)


def _apply(there: Surroundings, until: str | None = None) -> None:
    _refuse_failed(apply(_WHOLE, there, until_station=until))


def _apply_again(there: Surroundings) -> None:
    """Raise where a second apply finds something to do: changes in Terraform, or tasks on hosts that are proven."""
    first = apply(_WHOLE, there, until_station="provision", refresh=True)
    _refuse_failed(first)
    changes = [change for stack in first.stacks if stack.plan is not None for change in _changes(stack.plan)]
    if changes:
        hint = "look for values that differ each time: timestamp(), uuid(), lists without an order"
        raise InfraOpsError("planning a second time", f"Terraform would change: {', '.join(changes)}", hint)
    hosts = tuple(host.name for stack in first.stacks if stack.outputs is not None for host in stack.outputs.hosts)
    if not hosts:
        return
    second = apply(_WHOLE, there, until_station="configure", limit=hosts)
    _refuse_failed(second)
    changed = [
        f"{name}: {recap.changed}"
        for stack in second.stacks
        if stack.configured is not None
        for name, recap in sorted(stack.configured.hosts.items())
        if recap.changed
    ]
    if changed:
        hint = "the log names the tasks; say changed_when, or use a module that looks before it acts"
        raise InfraOpsError("configuring a second time", f"tasks changed hosts again: {', '.join(changed)}", hint)


def _changes(plan: PlanModel) -> Iterator[str]:
    for change in plan.changes:
        if change.action not in (Action.NO_OP, Action.READ):
            yield f"{change.action.value} {change.address}"
    if plan.outputs_changed:
        yield "outputs"


def destroy_rest(there: Surroundings) -> None:
    """Destroy what is deployed, if anything is."""
    if deployed(there.directory.parent):
        destroy_all(there)


def destroy_all(there: Surroundings) -> None:
    """Destroy whatever there is."""
    _refuse_failed(destroy(_WHOLE, there))


def _refuse_failed(result: RunResult) -> None:
    """Raise what ended a run, if it did not end well."""
    if result.outcome is Outcome.INTERRUPTED:
        raise Interrupted("testing", "interrupted", "what was made is destroyed")
    for failure in _failures(result):
        error = InfraOpsError(failure.doing, failure.problem, failure.hint)
        error.exit_code = Exit(failure.exit_code)
        raise error
    if exit_code_of(result):
        raise InfraOpsError(f"carrying out {result.line}", result.outcome.value)


def _failures(result: RunResult) -> Iterator[Failure]:
    yield from (stack.failure for stack in result.stacks if stack.failure is not None)
    if result.failure is not None:
        yield result.failure


STEPS_BUT_DESTROY: Mapping[str, Callable[[Surroundings], None]] = {
    "render": _render,
    "create": partial(_apply, until="provision"),
    "converge": partial(_apply, until="configure"),
    "idempotence": _apply_again,
    "verify": _apply,
}
