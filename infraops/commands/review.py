"""`infraops review`: what a change would do, written for who has to say yes to it."""

from enum import StrEnum
from pathlib import Path

from infraops import __version__
from infraops.assessment.statements import write_change
from infraops.commands.change_control.untrusted import Distrust, Looked, look, refuse_beside
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.deployed.orphans import select_orphans
from infraops.commands.forget import refuse_unnamed
from infraops.commands.graph import graph_among
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection, choose_environment
from infraops.errors import UsageError
from infraops.lines import PLAN, REVIEW
from infraops.models.changes.change import Change
from infraops.models.ledger.changes import UNCLAIMED, ChangeReviewed, Claimed
from infraops.models.ledger.runs import Asked
from infraops.models.reports.review import Review, Subject
from infraops.models.runs.run import RunResult
from infraops.models.stacks.stack import Environment
from infraops.stations.bench.tools import Tools
from infraops.stations.change_control.vouching import strangers_among
from infraops.stations.changes.effects import whole_change
from infraops.tools.git.commits import describe
from infraops.tools.terraform.driver import find_program


class End(StrEnum):
    """How stacks come to an end: as `destroy` and `forget` would have it."""

    DESTROY = "destroy"
    FORGET = "forget"


def review(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    end: End | None = None,
    replace: tuple[str, ...] = (),
    limit: tuple[str, ...] = (),
    refresh: bool = False,
    infracost: Path | None = None,
    ask_hosts: bool = True,
    claimed: Claimed = UNCLAIMED,
    distrust: Distrust | None = None,
) -> Review:
    """Plan the selected stacks and put together what a reviewer needs to know of them; nothing is changed.

    With `end`, `replace` and `limit` it is what `destroy`, `forget`, or `apply` with these words would do. With
    `ask_hosts`, Ansible says in check mode what it would do on hosts that exist; with `distrust` it never does, and
    what the stacks are made of is looked at first.
    """
    _refuse_at_odds(selection, end, replace, limit)
    refuse_beside(distrust, end.value if end is not None else "replace" if replace else "limit" if limit else "")
    line = REVIEW if ask_hosts and end is None and distrust is None else PLAN
    asked = Asked(
        replace=replace,
        limit=limit,
        destroy=end is End.DESTROY,
        forget=end is End.FORGET,
        orphans=selection.orphans,
        refresh=refresh,
        parallelism=parallelism,
        untrusted=distrust is not None,
        claimed=claimed,
    )
    looked = look(distrust, selection, surroundings) if distrust is not None else Looked(surroundings, {})
    surroundings = looked.surroundings
    opened = open_repo(surroundings)
    orphans = {stack.name: stack for stack in select_orphans(opened, selection)} if selection.orphans else {}
    every = {**opened.repo.stacks, **orphans}
    environment = choose_environment(opened.repo, selection.environment)
    change: Change | None = None
    strangers: tuple[str, ...] = ()

    def name_it(result: RunResult, tools: Tools) -> None:
        nonlocal change, strangers
        change = _named(result, opened.repo.environments[environment], tools)
        if change is not None and tools.control is not None:
            strangers = strangers_among(change.authors, tools.control)

    result = run_line(
        "review",
        line,
        selection,
        surroundings,
        asked,
        notes=looked.notes,
        infracost=infracost,
        opened=opened,
        afterwards=name_it,
    )
    stacks = tuple(every[each.stack] for each in result.stacks)
    program = find_program(opened.repo.settings.terraform, surroundings.environ)
    return Review(
        result=result,
        subjects={
            stack.name: Subject(stack.name, stack.template.reference, stack.owner, stack.place, stack.summary)
            for stack in stacks
        },
        graph=graph_among(environment, stacks, every.values()),
        since=selection.changed_since or "",
        git=describe(opened.workspace.root),
        versions={"infraops": __version__, program.name: program.version},
        strangers=strangers,
        change=change,
    )


def _refuse_at_odds(selection: Selection, end: End | None, replace: tuple[str, ...], limit: tuple[str, ...]) -> None:
    """Raise UsageError for words that no command takes together, so that nobody could carry out what was reviewed."""
    doing = "choosing what to review"
    if end is not None and (replace or limit):
        word = "--replace" if replace else "--limit"
        raise UsageError(doing, f"{word} does not go with --{end.value}", f"leave {word} out")
    if selection.orphans and end is None:
        problem = "what has no blueprint can only come to an end"
        raise UsageError(doing, problem, "add --destroy or --forget to --orphans")
    if end is End.FORGET:
        refuse_unnamed(selection)


def _named(result: RunResult, environment: Environment, tools: Tools) -> Change | None:
    """Take down what was found, so that `approve` can sign it by the run's name; None where nobody has to."""
    changes = [stack.change for stack in result.stacks if stack.change is not None]
    if tools.control is None or not changes:
        return None
    change = whole_change(result.run, changes, environment, tools.control)
    tools.ledger.append(ChangeReviewed(write_change(change)), run=result.run)
    return change
