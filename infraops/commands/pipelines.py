"""What an environment's jobs need, what they would lose, and how an apply is spread over several of them."""

from collections.abc import Iterator
from itertools import groupby

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.graph import graph_among
from infraops.commands.selection.stacks import Selection, choose_environment, select
from infraops.models.reports.graph import Node
from infraops.models.reports.pipeline import Group, Jobs, Waves
from infraops.models.stacks.repo import ControlRepo
from infraops.models.stacks.stack import Stack

MOST_LEVELS = 10  # of jobs that wait for each other; deeper stacks share the last


def jobs_of(name: str, repo: ControlRepo, variables: tuple[str, ...] = (), *, waves_from: int) -> Jobs:
    """Describe one environment's jobs; an apply is spread where there are more stacks than `waves_from`."""
    stacks = tuple(stack for stack in repo.stacks.values() if stack.environment.name == name)
    depth = max((node.level for node in graph_among(name, stacks, stacks).nodes), default=0)
    return Jobs(
        environment=name,
        approval=repo.environments[name].file.change.approval is not None,
        variables=tuple(sorted({*variables, *_variables(name, repo, stacks)})),
        levels=min(depth, MOST_LEVELS) if len(stacks) > waves_from else 0,
        lost=tuple(_lost(name, repo, stacks)),
    )


def waves(selection: Selection, surroundings: Surroundings, *, levels: int = 0, size: int = 20) -> Waves:
    """Put the chosen stacks in groups of at most `size`, level by level.

    With `levels` there are exactly as many: what lies deeper is one group at the end, and empty ones fill the rest.
    """
    repo = open_repo(surroundings).repo
    environment = choose_environment(repo, selection.environment)
    nodes = graph_among(environment, select(repo, selection), repo.stacks.values()).nodes
    found = [[_blueprint(node) for node in level] for _, level in groupby(nodes, key=lambda node: node.level)]
    groups = [tuple(_groups(at, names, size)) for at, names in enumerate(found, 1)]
    if levels and len(found) > levels:
        rest = tuple(name for names in found[levels - 1 :] for name in names)
        groups = [*groups[: levels - 1], (Group(f"{levels}-1", rest),)]
    return Waves(environment, (*groups, *((),) * (levels - len(groups))))


def _blueprint(node: Node) -> str:
    return node.stack.partition("/")[2]


def _groups(level: int, names: list[str], size: int) -> Iterator[Group]:
    for at in range(0, len(names), size):
        yield Group(f"{level}-{at // size + 1}", tuple(names[at : at + size]))


def _variables(name: str, repo: ControlRepo, stacks: tuple[Stack, ...]) -> Iterator[str]:
    notify = repo.settings.notify
    keys = [repo.environments[name].file.change.fingerprint_key, notify.secret if notify is not None else None]
    for key in keys:
        if key is not None and key.startswith("env:"):
            yield key.removeprefix("env:")
    yield from (each.name for stack in stacks for each in stack.secrets.values() if each.scheme == "env")
    if (repo.settings.ledger or "").startswith("postgres"):
        yield "PGPASSWORD"


def _lost(name: str, repo: ControlRepo, stacks: tuple[Stack, ...]) -> Iterator[str]:
    file = repo.environments[name].file
    if "://" not in (repo.settings.ledger or "") or (repo.settings.ledger or "").startswith("sqlite"):
        yield "the ledger is a file on the machine: where that does not stay, approvals, evidence and history are lost"
    if file.state.backend == "local":
        yield f"{name} keeps its states on the machine: where that does not stay, all is made a second time"
    if any(each.scheme == "generated" for stack in stacks for each in stack.secrets.values()):
        yield f"{name} generates secrets on the machine: where that does not stay, others are generated"
    if file.platform == "lab":
        yield f"{name} makes its hosts on the machine: they end with it"
    if file.change.confirm_name:
        yield f"{name} has its name typed (change.confirm_name), which no job can do: apply ends with exit code 5"
