"""Destroying all that was asked for, or nothing: a refusal comes before the first end of a stack."""

import shlex
from collections.abc import Mapping, Sequence

from infraops.errors import Denied, Exit
from infraops.schedule.verdicts import Progress

_NAMED = 12  # stacks that a command in a hint names


def is_refused(entry: Progress) -> bool:
    """Whether a rule forbids to destroy a stack."""
    return entry.job.failure is not None and entry.job.failure.exit_code == Exit.DENIED


def refuse_in_part(entries: Sequence[Progress]) -> None:
    """Raise Denied where some of these stacks may not be destroyed, naming each of them and what can be done."""
    refused = {entry.job.stack.name: entry.job.failure for entry in entries if is_refused(entry)}
    if not refused:
        return
    told = [f"{name}: {failure.problem}" for name, failure in refused.items() if failure is not None]
    hints = dict.fromkeys(failure.hint for failure in refused.values() if failure is not None and failure.hint)
    environment = entries[0].job.stack.environment.name
    many = f"{len(refused)} of its stacks" if len(refused) > 1 else "one of its stacks"
    raise Denied(
        f"destroying what was selected in {environment}",
        f"{many} may not be destroyed, so nothing was: {'; '.join(told)}",
        "; ".join([*hints, *_without(entries, refused)]),
    )


def _without(entries: Sequence[Progress], refused: Mapping[str, object]) -> list[str]:
    """Name the command that destroys what may go and is not needed by what stays; nothing where that is nothing."""
    stacks = {entry.job.stack.name: entry.job.stack for entry in entries}
    staying, found = set(refused), list(refused)
    while found:
        needed = set(stacks[found.pop()].depends_on) & stacks.keys() - staying
        staying |= needed
        found += needed
    going = [stacks[entry.job.stack.name] for entry in entries if entry.outcome.good]
    going = [stack for stack in going if stack.name not in staying]
    if not going:
        return []
    if len(going) > _NAMED:
        return ["name the others to destroy these alone"]
    orphans = () if all(stack.has_blueprint for stack in going) else ("--orphans",)
    names = sorted(stack.blueprint for stack in going)
    command = shlex.join(["infraops", "destroy", "-e", going[0].environment.name, *orphans, *names])
    return [f"the others alone: `{command}`"]
