"""Checking that every variable a module needs is fed by something."""

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote, suggest
from infraops.controlrepo.parameters.rules import MACHINES, STANDARD
from infraops.controlrepo.stacks.deployments import Deployment, Deployments
from infraops.controlrepo.stacks.giving import values
from infraops.models.files.template import Consumer


def check_fed(deployments: Deployments, mistakes: Mistakes) -> None:
    """Check the required variables of every stack's module, and the machines that environments list."""
    for deployment in deployments.by_stack.values():
        fed = _fed(deployment)
        for name in sorted(deployment.module.required - fed):
            _take_down(deployment, name, mistakes)
    _check_machines(deployments, mistakes)


def _fed(deployment: Deployment) -> set[str]:
    declared = deployment.template.file.parameters
    handed = {name for name in values(deployment) if name in declared and Consumer.TERRAFORM in declared[name].used_by}
    machines = {MACHINES} if deployment.blueprint.file.name in deployment.environment.file.hosts else set()
    variables = deployment.environment.file.variables.keys()
    return {*STANDARD, *handed, *machines, *variables, *deployment.blueprint.file.inputs}


def _take_down(deployment: Deployment, name: str, mistakes: Mistakes) -> None:
    environment, template = deployment.environment, deployment.template
    parameter = template.file.parameters.get(name)
    if parameter is not None and parameter.required:
        return  # said already, as a missing parameter
    settings = f"inventories/{environment.name}/environment.yaml"
    blueprint = deployment.blueprint.file.name
    if name == MACHINES:
        problem = f"the environment {environment.name} lists no machines for {blueprint}"
        hint = f"list them in {settings} under hosts.{blueprint}"
        mistakes.add(deployment.place("environments", environment.name), problem, hint)
        return
    problem = (
        f"the module of {template.reference} for platform {environment.platform} needs the variable {quote(name)}, "
        "and nothing gives it"
    )
    if parameter is not None and Consumer.TERRAFORM in parameter.used_by:
        hint = f"give {name} under parameters"
    else:
        hint = f"name an output under inputs.{name}, or give it under variables in {settings}"
    mistakes.add(deployment.place("template"), problem, hint)


def _check_machines(deployments: Deployments, mistakes: Mistakes) -> None:
    blueprints = deployments.blueprints
    for name, environment in deployments.environments.known.items():
        for blueprint in environment.file.hosts:
            if blueprint not in blueprints.known and blueprint not in blueprints.broken:
                place = deployments.environments.documents[name].place("hosts", blueprint)
                problem = f"hosts lists machines for {quote(blueprint)}, but there is no such blueprint"
                mistakes.add(place, problem, suggest(blueprint, blueprints.known))
