"""Checking what a stack takes from other stacks: inputs, the order without data, and cycles."""

from graphlib import CycleError, TopologicalSorter

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import listing, quote, suggest
from infraops.controlrepo.parameters.rules import MACHINES, STANDARD
from infraops.controlrepo.stacks.deployments import Deployment, Deployments
from infraops.controlrepo.stacks.fitting import check_fit
from infraops.controlrepo.stacks.giving import playbook_parameter, values
from infraops.errors import Place
from infraops.models.files.template import Consumer, DeclaredOutput, ParameterType


def producers(deployment: Deployment) -> tuple[str, ...]:
    """Return the full names of the stacks that this one waits for, sorted."""
    file = deployment.blueprint.file
    names = {reference.partition(".")[0] for reference in file.inputs.values()} | set(file.depends_on)
    return tuple(sorted(f"{deployment.environment.name}/{name}" for name in names))


def check_inputs(deployments: Deployments, mistakes: Mistakes) -> None:
    """Check every input and every depends_on of every stack, and that none waits for itself in the end."""
    for deployment in deployments.by_stack.values():
        file = deployment.blueprint.file
        for name, reference in file.inputs.items():
            _check_target(deployment, name, mistakes)
            _check_source(deployments, deployment, name, reference, mistakes)
        for number, wanted in enumerate(file.depends_on):
            _check_deployed(deployments, deployment, wanted, deployment.place("depends_on", number), mistakes)
    _check_cycles(deployments, mistakes)


def _check_target(deployment: Deployment, name: str, mistakes: Mistakes) -> None:
    """Check that what the input fills exists, may be filled so, and is not given otherwise."""
    place = deployment.place("inputs", name)
    file, template, module = deployment.blueprint.file, deployment.template, deployment.module
    parameter = template.file.parameters.get(name)
    if name in file.parameters or name in deployment.override:
        mistakes.add(place, f"inputs.{name}: the blueprint gives this parameter a value too", "remove one of the two")
    if name in (*STANDARD, MACHINES):
        mistakes.add(place, f"inputs.{name}: infraops itself hands this to every module", "remove it")
    elif parameter is None and name not in module.variables:
        if playbook_parameter(template) not in values(deployment):  # a playbook of the user's may take anything
            known = {*template.file.parameters, *module.variables} - {*STANDARD, MACHINES}
            problem = f"the template {template.reference} takes no input {quote(name)}"
            mistakes.add(place, problem, suggest(name, known))
    elif parameter is not None and parameter.type is ParameterType.PLAYBOOK:
        problem = f"inputs.{name}: the parameter is a playbook of the control repo and cannot be an input"
        mistakes.add(place, problem, "give it under parameters")
    elif parameter is not None and parameter.used_by == (Consumer.TERRAFORM,) and name not in module.variables:
        platform = deployment.environment.platform
        mistakes.add(place, f"inputs.{name}: the parameter has no effect on platform {platform}", "remove it")


def _check_source(
    deployments: Deployments, deployment: Deployment, name: str, reference: str, mistakes: Mistakes
) -> None:
    place = deployment.place("inputs", name)
    producer, _, output = reference.partition(".")
    if not _check_deployed(deployments, deployment, producer, place, mistakes):
        return
    found = deployments.by_stack.get(f"{deployment.environment.name}/{producer}")
    if found is None:  # its own mistakes have been taken down
        return
    declared = found.template.file.outputs.get(output)
    if declared is None:
        problem = f"{producer} has no output {quote(output)}"
        none = f"its template {found.template.reference} declares none"
        mistakes.add(place, problem, suggest(output, found.template.file.outputs, none=none))
        return
    _check_secrecy(deployment, name, reference, declared, mistakes)
    check_fit(deployment, name, reference, found.template, mistakes)


def _check_secrecy(
    deployment: Deployment, name: str, reference: str, declared: DeclaredOutput, mistakes: Mistakes
) -> None:
    """Check that both sides call what the playbook is handed sensitive, or neither: one alone would show it."""
    parameter = deployment.template.file.parameters.get(name)
    if parameter is None or Consumer.PLAYBOOK not in parameter.used_by or parameter.sensitive == declared.sensitive:
        return
    if declared.sensitive:
        problem = f"inputs.{name}: the output {reference} is sensitive, and the parameter is not"
        hint = f"declare the parameter with sensitive: true in the template {deployment.template.reference}"
    else:
        problem = f"inputs.{name}: the parameter is sensitive, and the output {reference} is not: it would be shown"
        hint = "declare the output with sensitive: true, or give both blueprints the same reference"
    mistakes.add(deployment.place("inputs", name), problem, hint)


def _check_deployed(
    deployments: Deployments, deployment: Deployment, wanted: str, place: Place, mistakes: Mistakes
) -> bool:
    """Check that a blueprint exists and goes into the same environment."""
    blueprint = deployments.blueprints.known.get(wanted)
    if blueprint is None:
        renamed = deployments.blueprints.renamed().get(wanted)
        if renamed is not None:
            mistakes.add(place, f"the blueprint {quote(wanted)} was renamed to {quote(renamed)}", f"write {renamed}")
        elif wanted not in deployments.blueprints.broken:
            hint = suggest(wanted, deployments.blueprints.known)
            mistakes.add(place, f"there is no blueprint {quote(wanted)}", hint)
        return False
    here = deployment.environment.name
    if here not in blueprint.file.environments:
        there = listing(blueprint.file.environments)
        problem = f"the blueprint {quote(wanted)} is not deployed in environment {here}"
        mistakes.add(place, problem, f"it is in {there}; add {here} to its environments")
        return False
    return True


def _check_cycles(deployments: Deployments, mistakes: Mistakes) -> None:
    graph = {name: set(producers(one)) for name, one in deployments.by_stack.items()}
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            # graphlib lists each before the one that waits for it, and the first again at the end
            cycle = [name.partition("/")[2] for name in reversed(error.args[1])]
            first = cycle.index(min(cycle))
            around = [*cycle[first:-1], *cycle[:first], cycle[first]]
            _take_down_cycle(deployments, error.args[1][0].partition("/")[0], around, mistakes)
            for name in error.args[1]:
                graph.pop(name, None)
            graph = {name: wanted - set(error.args[1]) for name, wanted in graph.items()}
        else:
            return


def _take_down_cycle(deployments: Deployments, environment: str, around: list[str], mistakes: Mistakes) -> None:
    deployment = deployments.by_stack[f"{environment}/{around[0]}"]
    file = deployment.blueprint.file
    through = next((key for key, reference in file.inputs.items() if reference.startswith(f"{around[1]}.")), None)
    path = ("inputs", through) if through is not None else ("depends_on", file.depends_on.index(around[1]))
    who = "the blueprint waits for itself" if len(around) == 2 else "the blueprints wait for each other"
    problem = f"{who}: {' → '.join(around)}"
    mistakes.add(deployment.place(*path), problem, "take out one of the inputs or depends_on between them")
