"""`infraops exec`: one stack in somebody's own hands."""

from infraops.commands.change_control.controlling import control_of
from infraops.commands.context.entering import enter_lab
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.runs.bench import bench, letting_go, told_in_the_record
from infraops.commands.selection.stacks import Selection, select
from infraops.errors import UsageError
from infraops.models.ledger.changes import UNCLAIMED, Claimed
from infraops.models.ledger.runs import Asked, RunEnded
from infraops.models.runs.run import Outcome
from infraops.models.stacks.stack import Stack
from infraops.stations.bench.claiming import bury_the_dead
from infraops.stations.bench.job import Job, Options
from infraops.stations.by_hand import by_hand
from infraops.stations.terraform.access import LAB


def execute(
    environment: str | None,
    name: str,
    argv: tuple[str, ...],
    surroundings: Surroundings,
    *,
    claimed: Claimed = UNCLAIMED,
) -> int:
    """Run a program in the directory of the one stack of this name, and return its exit code.

    Raises UsageError where the name is nobody's or several stacks', or there is no command; Locked where another run
    is at work on the stack.
    """
    opened = open_repo(surroundings)
    stack = _one(environment, name, opened)
    if not argv:
        hint = f"put it behind two hyphens: infraops exec {name} -- terraform state list"
        raise UsageError(f"running a command on {stack.name}", "there is no command", hint)
    if stack.environment.platform == LAB:
        enter_lab(opened, surroundings)
    directory = opened.workspace.stacks / stack.environment.name / stack.blueprint
    asked = Asked(claimed=claimed)
    control = control_of(opened, stack.environment, asked)
    with bench("exec", (stack,), opened, surroundings, asked=asked, options=Options(), control=control) as tools:
        bury_the_dead(tools)
        with letting_go(tools):
            with told_in_the_record(tools):
                code = by_hand(Job(stack, directory), tools, argv)
            tools.ledger.append(RunEnded(Outcome.FAILED if code else Outcome.DONE, code), run=tools.run)
    return code


def _one(environment: str | None, name: str, opened: OpenRepo) -> Stack:
    if environment is None and "/" in name:
        environment, _, name = name.partition("/")
    stacks = select(opened.repo, Selection(environment=environment, names=(name,)))
    if len(stacks) > 1:
        names = ", ".join(stack.name for stack in stacks)
        raise UsageError("choosing the stack", f"{name} stands for {len(stacks)} stacks: {names}", "name one of them")
    return stacks[0]
