"""From checked deployments to stacks: values merged, references looked up."""

from typing import Any

from infraops.controlrepo.parameters.model import secret_reference
from infraops.controlrepo.stacks.addresses import adopted, forgotten
from infraops.controlrepo.stacks.deployments import Deployment, Deployments
from infraops.controlrepo.stacks.filling import filled
from infraops.controlrepo.stacks.giving import playbook_parameter, values
from infraops.controlrepo.stacks.inputs import producers
from infraops.models.stacks.stack import InputReference, Stack


def make_stacks(deployments: Deployments) -> dict[str, Stack]:
    """Return the stacks by full name, sorted; the deployments have been checked and hold no mistake."""
    return {name: _stack(deployments, one) for name, one in sorted(deployments.by_stack.items())}


def _stack(deployments: Deployments, deployment: Deployment) -> Stack:
    file, declared = deployment.blueprint.file, deployment.template.file.parameters
    given = {name: filled(declared[name], value) for name, value in values(deployment).items()}
    secrets = {name: secret_reference(given.pop(name)) for name in sorted(given) if declared[name].sensitive}
    chosen = playbook_parameter(deployment.template)
    playbook: Any = given.pop(chosen, None) if chosen is not None else None
    return Stack(
        name=deployment.name,
        blueprint=file.name,
        environment=deployment.environment,
        template=deployment.template,
        usual_template=file.template,
        place=deployment.place("environments", deployment.environment.name),
        owner=file.owner,
        summary=file.summary,
        cost_center=file.cost_center,
        runbook=file.runbook,
        tags=file.tags,
        budget=file.budget,
        parameters=given,
        secrets=secrets,
        inputs={name: _input(deployments, deployment, name, reference) for name, reference in file.inputs.items()},
        depends_on=producers(deployment),
        playbook=playbook or deployment.template.playbook,
        allow_destroy=file.allow_destroy,
        adopt=adopted(deployment),
        forget=forgotten(deployment),
        moved_from=file.moved_from,
    )


def _input(deployments: Deployments, deployment: Deployment, name: str, reference: str) -> InputReference:
    blueprint, _, output = reference.partition(".")
    stack = f"{deployment.environment.name}/{blueprint}"
    declared = deployments.by_stack[stack].template.file.outputs[output]
    parameter = deployment.template.file.parameters.get(name)
    sensitive = declared.sensitive or (parameter is not None and parameter.sensitive)
    return InputReference(stack, output, declared.stand_in, sensitive)
