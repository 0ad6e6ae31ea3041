"""`infraops validate`: every mistake in the control repo, together; nothing else is touched."""

from infraops.commands.surroundings import Surroundings, open_repo
from infraops.models.answers import OwnPin, Validated


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
    )
