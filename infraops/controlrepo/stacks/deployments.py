"""Which blueprint goes into which environment with which version of its template."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops.controlrepo.blueprints.reading import Blueprint, Blueprints
from infraops.controlrepo.documents.document import Step
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import listing, quote, suggest
from infraops.controlrepo.environments.reading import Environments
from infraops.controlrepo.parameters.rules import TEMPLATE_KEY
from infraops.controlrepo.templates.catalog import Catalog
from infraops.controlrepo.templates.checking import LOCAL
from infraops.errors import Place
from infraops.models.basics.versions import nearest
from infraops.models.files.blueprint import TEMPLATE_REFERENCE_WORDS, is_template_reference
from infraops.models.stacks.stack import Environment, Module, Template


@dataclass(frozen=True)
class Deployment:
    """A blueprint in an environment: a stack in the making."""

    blueprint: Blueprint
    environment: Environment
    template: Template

    @property
    def name(self) -> str:
        """The stack's full name."""
        return f"{self.environment.name}/{self.blueprint.file.name}"

    @property
    def module(self) -> Module:
        """The template's module for the environment's platform."""
        return self.template.modules[self.environment.platform]

    @property
    def override(self) -> dict[str, Any]:
        """The parameters that differ in this environment."""
        return self.blueprint.override(self.environment.name)

    def place(self, *path: Step) -> Place:
        """Return where something stands in the blueprint's file."""
        return self.blueprint.document.place(*path)


@dataclass(frozen=True)
class Deployments:
    """Everything read from the control repo, and what is deployed where.

    `pins` holds the template of each blueprint by environment, of environments that do not exist too, so that values
    are checked all the same.
    """

    root: Path
    blueprints: Blueprints
    environments: Environments
    catalog: Catalog
    by_stack: dict[str, Deployment] = field(default_factory=dict)
    by_blueprint: dict[str, list[Deployment]] = field(default_factory=dict)
    pins: dict[str, dict[str, Template]] = field(default_factory=dict)


def deploy(
    root: Path, blueprints: Blueprints, environments: Environments, catalog: Catalog, mistakes: Mistakes
) -> Deployments:
    """Look up environment, template and module of every blueprint in each of its environments."""
    deployments = Deployments(root, blueprints, environments, catalog)
    for name, blueprint in blueprints.known.items():
        found = deployments.by_blueprint[name] = []
        deployments.pins[name] = {}
        default = _template(catalog, blueprint, ("template",), mistakes)
        for environment in blueprint.file.environments:
            deployed = _deploy(deployments, blueprint, environment, default, mistakes)
            if deployed is not None:
                found.append(deployed)
                deployments.by_stack[deployed.name] = deployed
    return deployments


def _deploy(
    deployments: Deployments, blueprint: Blueprint, name: str, default: Template | None, mistakes: Mistakes
) -> Deployment | None:
    environments = deployments.environments
    environment = environments.known.get(name)
    if environment is None and name not in environments.broken:
        place = blueprint.document.place("environments", name)
        none = f"add inventories/{name}/environment.yaml"
        mistakes.add(place, f"there is no environment {quote(name)}", suggest(name, environments.names, none=none))
    template = default
    if TEMPLATE_KEY in blueprint.file.environments[name]:
        template = _template(deployments.catalog, blueprint, ("environments", name, TEMPLATE_KEY), mistakes)
    if template is not None:
        deployments.pins[blueprint.file.name][name] = template
    if environment is None or template is None:
        return None
    if not _has_module(blueprint, environment, template, mistakes):
        return None
    return Deployment(blueprint, environment, template)


def _template(catalog: Catalog, blueprint: Blueprint, path: tuple[str, ...], mistakes: Mistakes) -> Template | None:
    node = blueprint.document.node(path)
    written = node.value if node is not None else None
    place = blueprint.document.place(*path)
    own = blueprint.file.template.partition("@")[0]
    if not isinstance(written, str) or not is_template_reference(written):
        mistakes.add(place, f"{'.'.join(path)}: expected {TEMPLATE_REFERENCE_WORDS}", f"write {own}@ and a version")
        return None
    name, _, version = written.partition("@")
    if name != own:
        problem = f"an environment may pin another version of {own}, not the template {name}"
        mistakes.add(place, problem, "write another blueprint for another template")
        return None
    template = catalog.templates.get(written)
    if template is None and name not in catalog.broken:
        versions = catalog.versions(name)
        if versions:
            problem = f"the template {name} has no version {version}"
            meant = f'did you mean "{name}@{nearest(version, versions)}"? ' if len(versions) > 1 else ""
            mistakes.add(place, problem, f"{meant}there is {listing(f'{name}@{one}' for one in versions)}")
        else:
            mistakes.add(place, f"there is no template {quote(written)}", _other_template(catalog, written))
    return template


def _other_template(catalog: Catalog, written: str) -> str:
    return suggest(written, catalog.templates, none="the catalog is empty; add one below catalog/")


def _has_module(blueprint: Blueprint, environment: Environment, template: Template, mistakes: Mistakes) -> bool:
    place = blueprint.document.place("environments", environment.name)
    platform = environment.platform
    if platform not in template.modules:
        problem = (
            f"the template {template.reference} has no module for platform {platform} of environment {environment.name}"
        )
        has = listing(template.modules) or "none"
        mistakes.add(place, problem, f"it has modules for: {has}")
        return False
    if platform == LOCAL and not template.file.local_safe:
        problem = f"the template {template.reference} is not declared safe for this machine itself (local_safe)"
        mistakes.add(place, problem, "use platform lab, or a template that declares local_safe")
        return False
    return True
