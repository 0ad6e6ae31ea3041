"""From blueprints and environments to stacks: defaults applied, references looked up, everything checked."""

from pathlib import Path
from typing import Any

from infraops.controlrepo.blueprints import Blueprint, Blueprints
from infraops.controlrepo.catalog import Catalog
from infraops.controlrepo.environments import Environments
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.parameters import defaults, secret_reference
from infraops.controlrepo.phrases import quote, suggest
from infraops.controlrepo.validating import validate
from infraops.controlrepo.words import Wording
from infraops.models.stack import Environment, InputReference, Stack, Template
from infraops.models.template import ParameterType


def resolve_stacks(
    root: Path, blueprints: Blueprints, environments: Environments, catalog: Catalog, mistakes: Mistakes
) -> dict[str, Stack]:
    """Return the stacks by full name, sorted."""
    stacks: dict[str, Stack] = {}
    for blueprint in blueprints.known.values():
        template = catalog.templates.get(blueprint.file.template)
        if template is None:
            mistakes.add(
                blueprint.document.place("template"),
                f"there is no template {quote(blueprint.file.template)}",
                suggest(blueprint.file.template, catalog.templates),
            )
            continue
        _check_parameters(root, blueprint, template, catalog, mistakes)
        for name in blueprint.file.environments:
            environment = environments.known.get(name)
            if environment is None:
                mistakes.add(
                    blueprint.document.place("environments", name),
                    f"there is no environment {quote(name)}",
                    suggest(name, environments.names),
                )
                continue
            stack = _stack(blueprint, environment, template, catalog, blueprints)
            stacks[stack.name] = stack
    return dict(sorted(stacks.items()))


def _check_parameters(
    root: Path, blueprint: Blueprint, template: Template, catalog: Catalog, mistakes: Mistakes
) -> None:
    wording = Wording("parameter", f"of template {template.reference}")
    model = catalog.models.of(template)
    for at in (("parameters",), *(("environments", name) for name in blueprint.file.environments)):
        validate(model, blueprint.document, mistakes, at=at, wording=wording, context={"root": root})


def _stack(
    blueprint: Blueprint, environment: Environment, template: Template, catalog: Catalog, blueprints: Blueprints
) -> Stack:
    file = blueprint.file
    values: dict[str, Any] = {**defaults(template.file), **file.parameters, **file.environments[environment.name]}
    declared = template.file.parameters
    secrets = {
        name: secret_reference(value) for name, value in values.items() if name in declared and declared[name].sensitive
    }
    playbook = next((name for name, one in declared.items() if one.type is ParameterType.PLAYBOOK), None)
    inputs = {name: _input(reference, environment, catalog, blueprints) for name, reference in file.inputs.items()}
    wanted = {one.stack for one in inputs.values()} | {f"{environment.name}/{name}" for name in file.depends_on}
    return Stack(
        name=f"{environment.name}/{file.name}",
        blueprint=file.name,
        environment=environment,
        template=template,
        place=blueprint.document.place("environments", environment.name),
        owner=file.owner,
        summary=file.summary,
        cost_center=file.cost_center,
        runbook=file.runbook,
        tags=file.tags,
        budget=file.budget,
        parameters={name: value for name, value in values.items() if name not in secrets and name != playbook},
        secrets=secrets,
        inputs=inputs,
        depends_on=tuple(sorted(wanted)),
        playbook=values.get(playbook) if playbook is not None else None,
        allow_destroy=file.allow_destroy,
    )


def _input(reference: str, environment: Environment, catalog: Catalog, blueprints: Blueprints) -> InputReference:
    name, _, output = reference.partition(".")
    producer = blueprints.known.get(name)
    template = catalog.templates.get(producer.file.template) if producer is not None else None
    declared = template.file.outputs.get(output) if template is not None else None
    return InputReference(f"{environment.name}/{name}", output, declared.stand_in if declared is not None else None)
