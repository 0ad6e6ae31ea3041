"""Checking what a blueprint was called before: nobody else has that name, and its states can be moved from here."""

from infraops.controlrepo.blueprints.reading import Blueprint
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote
from infraops.controlrepo.stacks.deployments import Deployments

LOCAL_STATE = "local"


def check_renames(deployments: Deployments, mistakes: Mistakes) -> None:
    """Check every `moved_from`: it names no blueprint that is there, and two are not moved from the same."""
    first: dict[str, Blueprint] = {}
    for name, blueprint in deployments.blueprints.known.items():
        before = blueprint.file.moved_from
        if before is None:
            continue
        place = blueprint.document.place("moved_from")
        taken = deployments.blueprints.known.get(before)
        if before == name:
            mistakes.add(
                place, f"moved_from: {quote(before)} is the blueprint's own name", "name the one it had before"
            )
        elif taken is not None:
            problem = f"moved_from: the blueprint {quote(before)} still exists, in {taken.document.file}"
            mistakes.add(place, problem, "take that file away, or take moved_from out")
        elif before in first:
            problem = f"moved_from: {first[before].document.place('moved_from')} is moved from {quote(before)} too"
            mistakes.add(place, problem, "only one blueprint can take over its states")
        first.setdefault(before, blueprint)
        _check_backends(deployments, name, before, mistakes)


def _check_backends(deployments: Deployments, name: str, before: str, mistakes: Mistakes) -> None:
    for deployment in deployments.by_blueprint.get(name, ()):
        state = deployment.environment.file.state
        if state.backend != LOCAL_STATE:
            problem = (
                f"moved_from: the state of {deployment.name} is kept by backend {state.backend}, "
                "where infraops does not move it"
            )
            hint = f"move the state of {deployment.environment.name}/{before} by hand, see docs/refactoring.md"
            mistakes.add(deployment.place("moved_from"), problem, hint)
