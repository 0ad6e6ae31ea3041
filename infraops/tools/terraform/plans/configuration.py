"""What stands in the configuration of a plan and not among its changes: programs, settings of resources. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infraops.models.plans.plan import Provisioner

_KEY = re.compile(r'\[(?:\d+|"(?:\\.|[^"\\])*")\]')


def provisioners_in(document: Mapping[str, Any]) -> Iterator[Provisioner]:
    """Yield the provisioners of every module, whether or not this plan would run them."""
    for address, resource in _resources(document):
        for provisioner in resource.get("provisioners", ()):
            yield Provisioner(address, str(provisioner.get("type", "")))


def external_data_in(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses of data sources of type `external`, which run a program while Terraform plans."""
    for address, resource in _resources(document):
        if resource.get("mode") == "data" and resource.get("type") == "external":
            yield address


def settings_in(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the attributes and blocks that the configuration sets, by the address of the resource, without keys."""
    return {address: frozenset(resource.get("expressions", ())) for address, resource in _resources(document)}


def without_keys(address: str) -> str:
    """Write the address of a resource as the configuration does: without the keys of `count` and `for_each`."""
    return _KEY.sub("", address)


def _resources(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return _of_module(document.get("configuration", {}).get("root_module", {}), "")


def _of_module(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", ()):
        yield f"{prefix}{resource.get('address', '')}", resource
    for name, call in module.get("module_calls", {}).items():
        yield from _of_module(call.get("module", {}), f"{prefix}module.{name}.")
