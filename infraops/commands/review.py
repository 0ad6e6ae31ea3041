"""`infraops review`: what a change would do, written for who has to say yes to it."""

from pathlib import Path

from infraops import __version__
from infraops.assessment.statements import write_change
from infraops.commands.controlling import control_of
from infraops.commands.entering import open_repo_ledger
from infraops.commands.graph import graph_among
from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection, choose_environment
from infraops.commands.surroundings import OpenRepo, Surroundings, open_repo
from infraops.commands.untrusted import Distrust, Looked, look, refuse_beside
from infraops.lines import PLAN, REVIEW
from infraops.models.change import Change
from infraops.models.change_record import UNCLAIMED, ChangeReviewed, Claimed
from infraops.models.record import Asked, Kind
from infraops.models.review import Review, Subject
from infraops.models.run import RunResult
from infraops.stations.changing import whole_change
from infraops.tools.git import describe
from infraops.tools.terraform.driver import find_program


def review(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    destroy: bool = False,
    refresh: bool = False,
    infracost: Path | None = None,
    ask_hosts: bool = True,
    claimed: Claimed = UNCLAIMED,
    distrust: Distrust | None = None,
) -> Review:
    """Plan the selected stacks and put together what a reviewer needs to know of them; nothing is changed.

    With `ask_hosts`, Ansible says in check mode what it would do on hosts that exist; with `distrust` it never does,
    and what the stacks are made of is looked at first.
    """
    refuse_beside(distrust, destroy=destroy)
    line = REVIEW if ask_hosts and not destroy and distrust is None else PLAN
    asked = Asked(
        destroy=destroy, refresh=refresh, parallelism=parallelism, untrusted=distrust is not None, claimed=claimed
    )
    looked = look(distrust, selection, surroundings) if distrust is not None else Looked(surroundings, {})
    surroundings = looked.surroundings
    result = run_line("plan", line, selection, surroundings, asked, notes=looked.notes, infracost=infracost)
    opened = open_repo(surroundings)
    stacks = tuple(opened.repo.stacks[each.stack] for each in result.stacks)
    environment = choose_environment(opened.repo, selection.environment)
    change = _named(result, opened, environment, asked, surroundings)
    program = find_program(opened.repo.settings.terraform, surroundings.environ)
    return Review(
        result=result,
        subjects={
            stack.name: Subject(stack.name, stack.template.reference, stack.owner, stack.place, stack.summary)
            for stack in stacks
        },
        graph=graph_among(environment, stacks, opened.repo.stacks.values()),
        since=selection.changed_since or "",
        git=describe(opened.workspace.root),
        versions={"infraops": __version__, program.name: program.version},
        change=change,
    )


def _named(
    result: RunResult, opened: OpenRepo, environment: str, asked: Asked, surroundings: Surroundings
) -> Change | None:
    """Take down what was found, so that `approve` can sign it by the run's name; None where nobody has to."""
    found = opened.repo.environments[environment]
    control = control_of(opened, found, asked)
    changes = [stack.change for stack in result.stacks if stack.change is not None]
    if control is None or not changes:
        return None
    change = whole_change(result.run, changes, found, control)
    with open_repo_ledger(opened, surroundings) as ledger:
        ledger.append(Kind.CHANGE_REVIEWED, run=result.run, payload=ChangeReviewed(write_change(change)))
    return change
