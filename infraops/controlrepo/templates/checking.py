"""Checking that a template holds together: its parameters, its modules, its playbook, its outputs and checks."""

import re
from pathlib import Path

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import listing, quote, suggest
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.documents.words import Wording
from infraops.controlrepo.parameters.constraints import read_constraint
from infraops.controlrepo.parameters.model import ParameterModels, outputs_model
from infraops.controlrepo.parameters.rules import check_parameters, inside_problems
from infraops.controlrepo.parameters.shapes import declared_shape, fits, written_type
from infraops.controlrepo.playbooks.shareable import check_shareable
from infraops.controlrepo.templates.contract import check_contract
from infraops.controlrepo.templates.placing import Spot, find_spot
from infraops.models.files.deprecation import is_day
from infraops.models.files.template import NAME_PATTERN, Consumer, ParameterType
from infraops.models.stacks.stack import Template

LOCAL = "local"  # the platform where only templates that declare `local_safe` run


def check_template(
    template: Template, document: Document, models: ParameterModels, root: Path, mistakes: Mistakes
) -> bool:
    """Take down what is wrong with a template whose file is valid by itself.

    Returns whether blueprints can be checked against it.
    """
    if not check_parameters(template.file, document, mistakes):
        return False
    _check_defaults(template, document, models, root, mistakes)
    _check_modules(template, document, mistakes)
    _check_variables(template, document, mistakes)
    _check_outputs(template, document, mistakes)
    _check_playbook(template, document, root, mistakes)
    check_contract(template, document, mistakes)
    _check_checks(template, document, mistakes)
    check_shareable(template, document, mistakes)
    _check_deprecation(template, document, mistakes)
    return True


def _check_deprecation(template: Template, document: Document, mistakes: Mistakes) -> None:
    end = template.file.deprecated
    if end is None:
        return
    days = {"since": end.since} | ({"until": end.until} if end.until else {})
    for key, day in days.items():
        if not is_day(day):
            place = document.place("deprecated", key)
            mistakes.add(place, f"deprecated.{key}: there is no day {day}", "write it as 2026-12-31")
    if end.until and end.until < end.since:
        problem = f"deprecated.until: {end.until} comes before since, {end.since}"
        mistakes.add(document.place("deprecated", "until"), problem, "exchange them")
    if end.successor == template.reference:
        problem = "deprecated.successor: a version does not follow itself"
        mistakes.add(document.place("deprecated", "successor"), problem, "name another version, or leave it out")


def _check_defaults(
    template: Template, document: Document, models: ParameterModels, root: Path, mistakes: Mistakes
) -> None:
    written = {
        name: ("parameters", name, "default")
        for name, parameter in template.file.parameters.items()
        if parameter.default is not None
    }
    wording = Wording(inside=("parameters",), tail=("default",))
    validate(models.of(template), document.gather(written), mistakes, wording=wording, context={"root": root})


def _check_modules(template: Template, document: Document, mistakes: Mistakes) -> None:
    platforms = list(template.modules)
    if not platforms:
        hint = "put a module into terraform/<platform>/"
        mistakes.add(document.place("name"), "the template has no Terraform module", hint)
    for platform in platforms:
        if re.search(NAME_PATTERN, platform) is None:
            problem = f"terraform/{platform} is no name of a platform"
            mistakes.add(document.place("name"), problem, "use lower-case letters, digits and single hyphens")
    if template.file.local_safe and platforms and LOCAL not in platforms:
        problem = "local_safe is true, but there is no module for platform local"
        mistakes.add(document.place("local_safe"), problem, "add terraform/local/, or remove local_safe")


def _check_variables(template: Template, document: Document, mistakes: Mistakes) -> None:
    # Somewhere, not everywhere: a module for machines that exist already has no use for their number.
    modules = template.modules.values()
    for name, parameter in template.file.parameters.items():
        if Consumer.TERRAFORM not in parameter.used_by or parameter.type is ParameterType.PLAYBOOK or not modules:
            continue
        place = document.place("parameters", name)
        if not any(name in module.variables for module in modules):
            every = {variable for module in modules for variable in module.variables}
            problem = f"the parameter {quote(name)} is used by Terraform, but no module declares such a variable"
            hint = suggest(name, every - set(template.file.parameters))
            mistakes.add(place, problem, hint if "did you mean" in hint else "declare it, or set used_by: [playbook]")
        for platform, module in template.modules.items():
            constraint = module.types.get(name)
            if constraint is not None and not fits(declared_shape(parameter), read_constraint(constraint)):
                problem = (
                    f"the parameter {quote(name)} is of type {written_type(parameter)}, "
                    f"but the variable in terraform/{platform} of type {constraint}"
                )
                mistakes.add(place, problem, "give both the same type")


def _check_outputs(template: Template, document: Document, mistakes: Mistakes) -> None:
    for platform, module in template.modules.items():
        for name in template.file.outputs:
            if name not in module.outputs:
                problem = f"the output {quote(name)} is not declared by the module in terraform/{platform}"
                mistakes.add(document.place("outputs", name), problem, f'add output "{name}" to it')
    for name, output in template.file.outputs.items():
        for key, problem, hint in inside_problems(output):
            mistakes.add(document.place("outputs", name, key), f"outputs.{name}: {problem}", hint)
    written = {
        name: ("outputs", name, "stand_in")
        for name, output in template.file.outputs.items()
        if output.stand_in is not None
    }
    wording = Wording(inside=("outputs",), tail=("stand_in",))
    validate(outputs_model(template.file), document.gather(written), mistakes, wording=wording)


def _check_playbook(template: Template, document: Document, root: Path, mistakes: Mistakes) -> None:
    written = template.file.playbook
    if written is None:
        return
    place = document.place("playbook")
    found = find_spot(template.directory, written, root, built_in=template.built_in)
    refusal = None if isinstance(found, Spot) else found
    if isinstance(found, Spot) and not found.path.is_file():
        refusal = "is not a file", "name a playbook of the template"
    if refusal is not None:
        mistakes.add(place, f"playbook: the path {quote(written)} {refusal[0]}", refusal[1])
    without = [
        platform
        for platform, module in template.modules.items()
        if "hosts" not in module.outputs and platform not in template.file.managed_on
    ]
    if without and template.file.hosts is None:
        problem = f"the playbook has no hosts: the module for {listing(without)} has no output hosts"
        hint = (
            'add output "hosts" to it, or say hosts: {from: …} in template.yaml, or name the platform under managed_on'
        )
        mistakes.add(place, problem, hint)


def _check_checks(template: Template, document: Document, mistakes: Mistakes) -> None:
    seen: set[str] = set()
    for number, check in enumerate(template.file.checks):
        place = document.place("checks", number, "name")
        if check.name in seen:
            mistakes.add(place, f"two checks are called {quote(check.name)}", "give each a name of its own")
        seen.add(check.name)
        without = [
            platform
            for platform, module in template.modules.items()
            if "endpoints" not in module.outputs and (not check.platforms or platform in check.platforms)
        ]
        if check.endpoint is not None and without and check.endpoint not in (template.file.endpoints or {}):
            problem = (
                f"the check asks for the endpoint {quote(check.endpoint)}, "
                f"but the module for {listing(without)} has no output endpoints"
            )
            mistakes.add(document.place("checks", number, "endpoint"), problem, 'add output "endpoints" to it')
