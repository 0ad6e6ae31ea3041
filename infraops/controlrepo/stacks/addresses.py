"""Checking which resources a blueprint takes over and lets go of: their addresses, and what the module knows."""

from infraops.controlrepo.blueprints.reading import Blueprint
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote, suggest
from infraops.controlrepo.stacks.deployments import Deployment, Deployments
from infraops.errors import Place
from infraops.models.plans.address import WITHIN, Address, parse_address
from infraops.models.stacks.stack import Adopted, Module

_FORM = 'write it like lab_host.host["host-01"]: type, name, and the key of one of several'


def check_addresses(deployments: Deployments, mistakes: Mistakes) -> None:
    """Check every address that a blueprint adopts or forgets."""
    for name, blueprint in deployments.blueprints.known.items():
        _check_environments(blueprint, mistakes)
        _check_forgotten(blueprint, deployments.by_blueprint.get(name, []), mistakes)
    for deployment in deployments.by_stack.values():
        _check_adopted(deployment, mistakes)


def adopted(deployment: Deployment) -> tuple[Adopted, ...]:
    """Return what a checked deployment takes over."""
    written = deployment.blueprint.file.adopt.get(deployment.environment.name, ())
    parsed = ((parse_address(each.to), each.id) for each in written)
    return tuple(Adopted(address, known_by) for address, known_by in parsed if address is not None)


def forgotten(deployment: Deployment) -> tuple[Address, ...]:
    """Return what a checked deployment lets go of: what its module declares no more.

    Another environment may pin a version of the template that still declares it, and keeps it.
    """
    parsed = (parse_address(written) for written in deployment.blueprint.file.forget)
    return tuple(address for address in parsed if address is not None and not _is_kept(deployment.module, address))


def _check_environments(blueprint: Blueprint, mistakes: Mistakes) -> None:
    for name in blueprint.file.adopt:
        if name not in blueprint.file.environments:
            problem = f"adopt: the blueprint is not deployed in environment {quote(name)}"
            mistakes.add(blueprint.document.place("adopt", name), problem, suggest(name, blueprint.file.environments))


def _check_adopted(deployment: Deployment, mistakes: Mistakes) -> None:
    environment = deployment.environment.name
    seen: dict[Address, Place] = {}
    for number, each in enumerate(deployment.blueprint.file.adopt.get(environment, ())):
        place = deployment.place("adopt", environment, number, "to")
        address = _address(each.to, place, mistakes)
        if address is None:
            continue
        if not address.type:
            mistakes.add(place, f"adopt: {each.to} is a module, and not a resource in it", _FORM)
        elif address in seen:
            mistakes.add(place, f"adopt: {each.to} is taken over at {seen[address]} already", "remove one of the two")
        elif not declares(deployment.module, address):
            platform = deployment.environment.platform
            problem = f"adopt: the module of {deployment.template.reference} for {platform} declares no {each.to}"
            known = deployment.module.modules if address.modules else deployment.module.resources
            mistakes.add(place, problem, suggest(_top(address), known, none="it declares nothing of the kind"))
        seen.setdefault(address, place)


def _check_forgotten(blueprint: Blueprint, deployed: list[Deployment], mistakes: Mistakes) -> None:
    seen: set[Address] = set()
    for number, written in enumerate(blueprint.file.forget):
        place = blueprint.document.place("forget", number)
        address = _address(written, place, mistakes)
        if address is None:
            continue
        if address.has_keys:
            problem = f"forget: {written} names one of several, and Terraform forgets all or none"
            mistakes.add(place, problem, "leave the key out; or see `terraform state rm` in docs/refactoring.md")
        elif address in seen:
            mistakes.add(place, f"forget: {written} is there twice", "remove one of the two")
        elif deployed and all(_is_kept(each.module, address) for each in deployed):
            problem = f"forget: the module of {deployed[0].template.reference} still declares {written}"
            mistakes.add(place, problem, "take it out of the module, or pin a version of the template without it")
        seen.add(address)


def _is_kept(module: Module, address: Address) -> bool:
    """Whether a module is known to declare what is to be forgotten; of what a module calls, Terraform itself knows."""
    inside = bool(address.type) or len(address.modules) > 1
    return declares(module, address) and not (address.modules and inside)


def _address(written: str, place: Place, mistakes: Mistakes) -> Address | None:
    """Take an address apart; one as plans show it is a mistake, so that there is one way to write it."""
    address = parse_address(written)
    if address is None:
        mistakes.add(place, f"{quote(written)} is no address of a resource", _FORM)
    elif written.startswith(WITHIN):
        problem = f"{quote(written)} is the address as plans show it, and the one inside the module is meant"
        mistakes.add(place, problem, f"write {written.removeprefix(WITHIN)}")
        return None
    return address


def declares(module: Module, address: Address) -> bool:
    """Whether a module declares a resource, or calls the module that the address leads into."""
    return _top(address) in (module.modules if address.modules else module.resources)


def _top(address: Address) -> str:
    return address.modules[0].name if address.modules else f"{address.type}.{address.resource.name}"
