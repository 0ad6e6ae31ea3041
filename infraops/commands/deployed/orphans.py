"""Orphans: stacks that are deployed and that no blueprint declares any more."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase

from infraops.commands.context.surroundings import OpenRepo
from infraops.commands.selection.stacks import Selection, choose_environment
from infraops.errors import Place, UsageError
from infraops.models.files.template import TemplateFile
from infraops.models.stacks.stack import Environment, Module, Stack, Template
from infraops.tools.files import write_file
from infraops.tools.terraform.state.leftovers import Leftover, leftovers, module_without_resources

LONGEST_NAME = 40  # of a template


def find_orphans(opened: OpenRepo, environment: str | None = None) -> tuple[Leftover, ...]:
    """Find the orphans of an environment, of all by default, among the states that this machine keeps.

    States in a backend elsewhere cannot be listed; their orphans are not found.
    """
    stacks = opened.repo.stacks.values()
    known = {stack.name for stack in stacks} | {stack.before for stack in stacks if stack.before is not None}
    found = leftovers(opened.workspace.terraform_state, frozenset(known))
    return tuple(each for each in found if environment in (None, each.environment))


def select_orphans(opened: OpenRepo, selection: Selection) -> tuple[Stack, ...]:
    """Return the chosen orphans as stacks that declare nothing, so that destroying them is the ordinary way.

    Raises UsageError where there are none.
    """
    name = choose_environment(opened.repo, selection.environment)
    environment = opened.repo.environments[name]
    patterns = selection.names or ("*",)
    found = [
        each
        for each in find_orphans(opened, name)
        if any(fnmatchcase(each.blueprint, pattern.removeprefix(f"{name}/")) for pattern in patterns)
    ]
    if not found:
        raise UsageError(
            f"looking for orphans in {name}",
            "everything that is deployed has its blueprint",
            "`infraops status` lists what there is",
        )
    names = {each.stack for each in found}
    stacks = (_as_stack(each, environment, opened) for each in found)
    return tuple(replace(stack, depends_on=tuple(n for n in stack.depends_on if n in names)) for stack in stacks)


def _as_stack(orphan: Leftover, environment: Environment, opened: OpenRepo) -> Stack:
    directory = opened.workspace.scratch / "orphans" / orphan.environment / orphan.blueprint
    module = directory / "terraform" / environment.platform
    write_file(module / "main.tf", module_without_resources(orphan.providers))
    said = {
        "schema": "infraops/v1",
        "name": f"gone-{orphan.blueprint}"[:LONGEST_NAME].rstrip("-"),
        "version": "0.0",
        "summary": "What is left of a stack without a blueprint.",
        "protected": orphan.card.protected,
    }
    write_file(directory / "template.yaml", json.dumps(said, indent=2) + "\n")  # what it is made from is digested
    empty = Module(module, frozenset(), frozenset())
    template = Template(
        TemplateFile.model_validate(said), directory, built_in=False, modules={environment.platform: empty}
    )
    return Stack(
        name=orphan.stack,
        blueprint=orphan.blueprint,
        environment=environment,
        template=template,
        place=Place(f"blueprints/{orphan.blueprint}.yaml"),
        owner=orphan.card.owner,
        depends_on=orphan.card.depends_on,
        has_blueprint=False,
    )
