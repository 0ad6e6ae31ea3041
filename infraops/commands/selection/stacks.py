"""Which stacks a command is about: the same words everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from infraops.commands.selection.changed import changed_since
from infraops.errors import UsageError
from infraops.models.basics.edges import reachable, turned
from infraops.models.stacks.repo import ControlRepo
from infraops.models.stacks.stack import Stack


@dataclass(frozen=True)
class Selection:
    """The operator's choice. `names` are blueprints or globs; empty means all of the environment."""

    environment: str | None = None
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    changed_since: str | None = None  # a commit, as git names it
    with_dependencies: bool = False
    with_dependents: bool = False
    orphans: bool = False  # instead of what blueprints declare: what is deployed without one


def select(repo: ControlRepo, selection: Selection) -> tuple[Stack, ...]:
    """Return the chosen stacks, by name; none where nothing has changed since the commit that was named.

    Raises UsageError where the choice names nothing.
    """
    environment = choose_environment(repo, selection.environment)
    here = {stack.name: stack for stack in repo.stacks.values() if stack.environment.name == environment}
    chosen = {
        stack.name
        for stack in _named(here.values(), selection.names, environment, repo)
        if (not selection.tags or set(selection.tags) & set(stack.tags))
        and (not selection.owners or stack.owner in selection.owners)
    }
    if not chosen:
        what = "no blueprint is deployed there" if not here else "no blueprint has these tags or owners"
        raise UsageError(f"selecting stacks of {environment}", what, "`infraops status` lists what there is")
    if selection.changed_since is not None:
        chosen &= changed_since(repo, selection.changed_since)
    needs = {name: stack.depends_on for name, stack in here.items()}
    wanted = set(chosen)
    if selection.with_dependencies:
        wanted |= reachable(chosen, needs)
    if selection.with_dependents:
        wanted |= reachable(chosen, turned(needs))
    return tuple(here[name] for name in sorted(wanted))


def choose_environment(repo: ControlRepo, asked: str | None) -> str:
    """Return the environment that was asked for, else the repo's default, else the only one there is."""
    names = sorted(repo.environments)
    if asked is None:
        if repo.settings.defaults.environment is not None:
            return repo.settings.defaults.environment
        if len(names) == 1:
            return names[0]
        hint = f"add --environment with one of: {', '.join(names)}; or set defaults.environment in infraops.yaml"
        raise UsageError("choosing the environment", "there are several and none was named", hint)
    if asked not in repo.environments:
        raise UsageError("choosing the environment", f'there is no environment "{asked}"', did_you_mean(asked, names))
    return asked


def _named(stacks: Iterable[Stack], names: tuple[str, ...], environment: str, repo: ControlRepo) -> list[Stack]:
    known = {stack.blueprint: stack for stack in stacks}
    if not names:
        return list(known.values())
    chosen: dict[str, Stack] = {}
    for asked in names:
        name = asked.removeprefix(f"{environment}/")
        matches = [blueprint for blueprint in known if fnmatchcase(blueprint, name)]
        if not matches:
            raise _not_there(name, sorted(known), environment, repo)
        chosen.update((match, known[match]) for match in matches)
    return list(chosen.values())


def _not_there(asked: str, known: list[str], environment: str, repo: ControlRepo) -> UsageError:
    doing = f"selecting stacks of {environment}"
    wanted, _, name = asked.rpartition("/")
    elsewhere = sorted(
        stack.environment.name
        for stack in repo.stacks.values()
        if fnmatchcase(stack.blueprint, name) and wanted in ("", stack.environment.name)
    )
    renamed = {stack.moved_from: stack.blueprint for stack in repo.stacks.values()}
    if not elsewhere and name in renamed:
        return UsageError(doing, f'the blueprint "{name}" was renamed to "{renamed[name]}"', f"write {renamed[name]}")
    if not elsewhere:
        return UsageError(doing, f'no blueprint "{asked}" is deployed there', did_you_mean(name, known))
    places = ", ".join(dict.fromkeys(elsewhere))
    problem = f'the blueprint "{name}" is not deployed there, but in {places}'
    return UsageError(doing, problem, f"add -e {elsewhere[0]}, or add {environment} to the blueprint's environments")


def did_you_mean(word: str, known: list[str]) -> str:
    """Say what the operator may have meant, or what there is."""
    close = get_close_matches(word, known, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"there are: {', '.join(known)}" if known else "there are none"
