"""Which values a stack's parameters get, and from where.

From weakest to strongest: the template's default; a variable of the environment that is called like the parameter;
the blueprint's `parameters`; the blueprint's override for the environment. An input takes the place of a default or a
variable, but giving a parameter in the blueprint and as an input is a mistake. A list or map replaces the weaker one
whole. A parameter without any value is left out.
"""

from collections.abc import Iterator
from typing import Any

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import listing, quote
from infraops.controlrepo.parameters.model import defaults
from infraops.controlrepo.stacks.deployments import Deployment, Deployments
from infraops.models.files.template import Consumer, ParameterType
from infraops.models.stacks.stack import Template


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
    """Check that no required parameter is missing, and that every value given has an effect somewhere."""
    for deployed in deployments.by_blueprint.values():
        for template in {one.template.reference: one.template for one in deployed}.values():
            alike = [one for one in deployed if one.template is template]
            _check_missing(template, alike, mistakes, everywhere=len(alike) == len(deployed))
            _check_effect(template, alike, mistakes)


def _check_missing(template: Template, deployed: list[Deployment], mistakes: Mistakes, *, everywhere: bool) -> None:
    """Take down what is missing; `everywhere` says that the blueprint has this version in all of its environments."""
    blueprint = deployed[0].blueprint
    for name, parameter in template.file.parameters.items():
        if not parameter.required or name in blueprint.file.inputs:
            continue
        without = [one for one in deployed if name not in values(one)]
        if not without:
            continue
        where = (
            ""
            if everywhere and len(without) == len(deployed)
            else f" in {listing(one.environment.name for one in without)}"
        )
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
