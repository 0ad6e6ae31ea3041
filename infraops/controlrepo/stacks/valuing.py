"""Checking every value that blueprints and environments give to a template's parameters."""

from infraops.controlrepo.blueprints.reading import Blueprint
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.documents.words import Wording
from infraops.controlrepo.stacks.deployments import Deployment, Deployments
from infraops.models.stacks.stack import Template


def check_values(deployments: Deployments, mistakes: Mistakes) -> None:
    """Check parameters, their overrides, and the environments' variables that serve as parameters."""
    for name, pins in deployments.pins.items():
        blueprint = deployments.blueprints.known[name]
        for template in {one.reference: one for one in pins.values()}.values():
            _check(deployments, template, blueprint.document, ("parameters",), mistakes)
        for environment, template in pins.items():
            _check_override(deployments, blueprint, environment, template, mistakes)
    # Once for each environment and template, however many blueprints bring them together.
    pairs = {(one.environment.name, one.template.reference): one for one in deployments.by_stack.values()}
    for deployment in pairs.values():
        _check_variables(deployments, deployment, mistakes)


def _check_override(
    deployments: Deployments, blueprint: Blueprint, environment: str, template: Template, mistakes: Mistakes
) -> None:
    override = blueprint.override(environment)
    if override:
        at = ("environments", environment)
        document = blueprint.document.gather({name: (*at, name) for name in override})
        _check(deployments, template, document, (), mistakes, inside=at)


def _check_variables(deployments: Deployments, deployment: Deployment, mistakes: Mistakes) -> None:
    environment, template = deployment.environment, deployment.template
    shared = environment.file.variables.keys() & template.file.parameters.keys()
    if shared:
        document = deployments.environments.documents[environment.name]
        gathered = document.gather({name: ("variables", name) for name in shared})
        _check(deployments, template, gathered, (), mistakes, inside=(f"template {template.reference}: variables",))


def _check(
    deployments: Deployments,
    template: Template,
    document: Document,
    at: tuple[str, ...],
    mistakes: Mistakes,
    *,
    inside: tuple[str, ...] | None = None,
) -> None:
    validate(
        deployments.catalog.models.of(template),
        document,
        mistakes,
        at=at,
        wording=Wording("parameter", f"of template {template.reference}", inside),
        context={"root": deployments.root},
    )
