"""Which values a stack's parameters get, and from where.

From weakest to strongest: the template's default; a variable of the environment that is called like the parameter;
the blueprint's `parameters`; the blueprint's override for the environment. An input takes the place of a default or a
variable, but giving a parameter in the blueprint and as an input is a mistake. A list or map replaces the weaker one
whole. A parameter without any value is left out.
"""

from collections.abc import Iterator
from typing import Any

from infraops.controlrepo.deployments import Deployment, Deployments
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.parameters import defaults
from infraops.controlrepo.phrases import listing, quote
from infraops.controlrepo.validating import validate
from infraops.controlrepo.words import Wording
from infraops.models.stack import Template
from infraops.models.template import Consumer, ParameterType


def values(deployment: Deployment) -> dict[str, Any]:
    """Return the values of the stack's parameters by name, those that an input fills left out."""
    declared = deployment.template.file.parameters
    inputs = deployment.blueprint.file.inputs
    variables = deployment.environment.file.variables
    merged = {
        **defaults(deployment.template.file),
        **{name: value for name, value in variables.items() if name in declared},
        **deployment.blueprint.file.parameters,
        **deployment.override,
    }
    return {name: value for name, value in merged.items() if name not in inputs}


def playbook_parameter(template: Template) -> str | None:
    """Name the parameter that becomes the stack's playbook, if the template has one."""
    kinds = template.file.parameters.items()
    return next((name for name, parameter in kinds if parameter.type is ParameterType.PLAYBOOK), None)


def check_given(deployments: Deployments, mistakes: Mistakes) -> None:
    """Check every value that blueprints and environments give, and that no required one is missing."""
    seen: set[tuple[str, str]] = set()
    for deployed in deployments.by_blueprint.values():
        for template in {one.template.reference: one.template for one in deployed}.values():
            _check_base(deployments, deployed[0], template, mistakes)
            alike = [one for one in deployed if one.template is template]
            _check_missing(template, alike, mistakes)
            _check_effect(template, alike, mistakes)
        for one in deployed:
            _check_override(deployments, one, mistakes)
            if (key := (one.environment.name, one.template.reference)) not in seen:
                seen.add(key)
                _check_variables(deployments, one, mistakes)


def _wording(template: Template, inside: tuple[str, ...] | None = None) -> Wording:
    return Wording("parameter", f"of template {template.reference}", inside)


def _check_base(deployments: Deployments, deployment: Deployment, template: Template, mistakes: Mistakes) -> None:
    if deployment.blueprint.file.parameters:
        validate(
            deployments.catalog.models.of(template),
            deployment.blueprint.document,
            mistakes,
            at=("parameters",),
            wording=_wording(template),
            context={"root": deployments.root},
        )


def _check_override(deployments: Deployments, deployment: Deployment, mistakes: Mistakes) -> None:
    override = deployment.override
    if override:
        at = ("environments", deployment.environment.name)
        validate(
            deployments.catalog.models.of(deployment.template),
            deployment.blueprint.document.gather({name: (*at, name) for name in override}),
            mistakes,
            wording=_wording(deployment.template, at),
            context={"root": deployments.root},
        )


def _check_variables(deployments: Deployments, deployment: Deployment, mistakes: Mistakes) -> None:
    """Check the environment's variables that serve as parameters of this template."""
    shared = deployment.environment.file.variables.keys() & deployment.template.file.parameters.keys()
    if shared:
        validate(
            deployments.catalog.models.of(deployment.template),
            deployments.environments.documents[deployment.environment.name].gather(
                {name: ("variables", name) for name in shared}
            ),
            mistakes,
            wording=_wording(deployment.template, (f"template {deployment.template.reference}: variables",)),
            context={"root": deployments.root},
        )


def _check_missing(template: Template, deployed: list[Deployment], mistakes: Mistakes) -> None:
    blueprint = deployed[0].blueprint
    for name, parameter in template.file.parameters.items():
        if not parameter.required or name in blueprint.file.inputs:
            continue
        without = [one for one in deployed if name not in values(one)]
        if not without:
            continue
        where = "" if len(without) == len(deployed) else f" in {listing(one.environment.name for one in without)}"
        place = blueprint.document.place("environments" if where else "parameters")
        problem = f"the parameter {quote(name)} of template {template.reference} is missing{where}"
        mistakes.add(
            place, problem, f"add {name}: …" + (f" ({parameter.description})" if parameter.description else "")
        )


def _check_effect(template: Template, deployed: list[Deployment], mistakes: Mistakes) -> None:
    """Refuse values that nothing would be made of: the platform's module does not know them, nor does the playbook."""
    blueprint = deployed[0].blueprint
    for one in deployed:
        for name in _without_effect(one):
            path = ("environments", one.environment.name, name)
            if name in one.override:
                problem = f"{'.'.join(path)}: the parameter has no effect on platform {one.environment.platform}"
                mistakes.add(blueprint.document.place(*path), problem, "remove it")
    everywhere = set.intersection(*(set(_without_effect(one)) for one in deployed))
    for name in everywhere & blueprint.file.parameters.keys():
        platforms = listing(sorted({one.environment.platform for one in deployed}))
        problem = f"parameters.{name}: the parameter has no effect on platform {platforms}"
        mistakes.add(blueprint.document.place("parameters", name), problem, "remove it")


def _without_effect(deployment: Deployment) -> Iterator[str]:
    for name, parameter in deployment.template.file.parameters.items():
        if parameter.used_by == (Consumer.TERRAFORM,) and name not in deployment.module.variables:
            yield name
