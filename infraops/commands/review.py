"""`infraops review`: what a change would do, written for who has to say yes to it."""

from infraops import __version__
from infraops.commands.graph import graph_among
from infraops.commands.run_line import run_line
from infraops.commands.selection import Selection, choose_environment
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.lines import PLAN, REVIEW
from infraops.models.record import Asked
from infraops.models.review import Review, Subject
from infraops.tools.git import describe
from infraops.tools.terraform.driver import find_program


def review(
    selection: Selection,
    surroundings: Surroundings,
    *,
    parallelism: int | None = None,
    destroy: bool = False,
    refresh: bool = False,
    ask_hosts: bool = True,
) -> Review:
    """Plan the selected stacks and put together what a reviewer needs to know of them; nothing is changed.

    With `ask_hosts`, Ansible says in check mode what it would do on hosts that exist.
    """
    line = REVIEW if ask_hosts and not destroy else PLAN
    asked = Asked(destroy=destroy, refresh=refresh, parallelism=parallelism)
    result = run_line("plan", line, selection, surroundings, asked)
    opened = open_repo(surroundings)
    stacks = tuple(opened.repo.stacks[each.stack] for each in result.stacks)
    environment = choose_environment(opened.repo, selection.environment)
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
    )
