"""`infraops validate`: every mistake in the control repo, together; nothing else is touched."""

from collections.abc import Iterable, Iterator
from datetime import date

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.models.reports.answers import DeprecatedUse, OwnPin, Validated
from infraops.models.stacks.stack import Stack


def validate(surroundings: Surroundings) -> Validated:
    """Read the whole control repo; raises InvalidInput with all mistakes."""
    opened = open_repo(surroundings)
    stacks = opened.repo.stacks.values()
    return Validated(
        root=str(opened.workspace.root),
        blueprints=len({stack.blueprint for stack in stacks}),
        environments=tuple(sorted(opened.repo.environments)),
        stacks=tuple(sorted(stack.name for stack in stacks)),
        templates=tuple(opened.repo.catalog),
        pins=tuple(
            OwnPin(stack.name, stack.template.reference, stack.pinned_apart_from)
            for stack in stacks
            if stack.pinned_apart_from
        ),
        deprecated=tuple(_deprecated(stacks, surroundings.now().date())),
    )


def _deprecated(stacks: Iterable[Stack], today: date) -> Iterator[DeprecatedUse]:
    for stack in stacks:
        end = stack.template.file.deprecated
        if end is not None and end.begun(today):
            yield DeprecatedUse(stack.name, stack.template.reference, end.in_words(today), end.over(today))
