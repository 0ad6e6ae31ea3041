"""Stopping where a state is lost: the ledger knows of resources, and their state holds none."""

from infraops.errors import InfraOpsError
from infraops.models.ledger.answers import Deployed
from infraops.models.ledger.stations import DriftFound
from infraops.models.plans.plan import Action, PlanModel
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.tools import Tools
from infraops.stations.evidence.stacks import whereabouts
from infraops.tools.terraform.state.backend import state_file

_NEW = (Action.CREATE, Action.READ)


def refuse_lost_state(stack: Stack, plan: PlanModel, tools: Tools) -> None:
    """Raise InfraOpsError where a plan shows as new, or as gone, what the ledger knows to be there.

    The ledger is asked only where the plan finds nothing that exists: of stacks that are new, once for all of a run.
    """
    counts = plan.counts
    if not (counts.create or tools.options.destroy or (plan.outputs_changed and not counts.imports)):
        return
    found = any(change.action not in _NEW and not change.importing for change in plan.changes)
    if not found and not plan.drift and not plan.unconfigured:
        refuse_if_deployed(stack, tools)


def refuse_if_deployed(stack: Stack, tools: Tools) -> None:
    """Raise InfraOpsError where the ledger knows of resources of a stack; its state is known to hold none."""
    known = known_of(stack, tools)
    if known is None:
        return
    # What was proven was proven of what nobody can reach any more: the next apply must look, and stop as well.
    tools.ledger.append(DriftFound((f"(its state, with {known.many})",)), run=tools.run, stack=stack.name)
    file = state_file(stack, tools.workspace)
    place = f"in {file}" if file is not None else f"in the backend {stack.environment.file.state.backend}"
    lost = "would not be destroyed" if tools.options.destroy else "would be made a second time"
    raise InfraOpsError(
        f"looking for the state of {stack.name} {place}",
        f"it is lost: it holds no resource, and {known}. What is there {lost}",
        "restore the state, or adopt what is there (docs/recovery.md); where all of it is gone: "
        f"`infraops forget -e {stack.environment.name} {stack.blueprint}`",
    )


def known_of(stack: Stack, tools: Tools) -> Deployed | None:
    """Tell what the ledger knows to be there of a stack, under its name or the one it had before."""
    if not tools.provisioned.intersection(stack.names):
        return None
    place = whereabouts(stack, tools.workspace)
    found = (tools.ledger.deployed(name, place=place, asking=tools.run) for name in stack.names)
    known = next((each for each in found if each is not None), None)
    return known if known is not None and known.resources else None
