"""`infraops lab setup|status|prune`: the hosts of this machine, and what it needs to hold some."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infraops.commands.context.entering import enter_lab
from infraops.commands.context.surroundings import OpenRepo, Surroundings, open_repo, teller
from infraops.errors import InfraOpsError
from infraops.lab.base import ensure_archive, ensure_base
from infraops.lab.findings import Finding, Level
from infraops.lab.inspect import HostStatus, setup_packages, status_of, survey
from infraops.lab.prune import Pruned
from infraops.lab.prune import prune as prune_hosts
from infraops.lab.records import names
from infraops.lab.rootless import is_needed
from infraops.stations.terraform.access import LAB
from infraops.tools.apt import install

STATE_VERSION = 4  # of Terraform's state file; its resources have stood in the same place since 0.12


def setup(surroundings: Surroundings, *, agree: Callable[[tuple[str, ...]], bool]) -> tuple[Finding, ...]:
    """Get this machine ready for lab hosts: missing Debian packages, then the base layer; return what was found.

    `agree` is asked before packages are installed. Raises InfraOpsError where hosts cannot be made here.
    """
    workspace = open_repo(surroundings).workspace
    packages = setup_packages(surroundings.environ)
    if packages:
        if not agree(packages):
            raise InfraOpsError("setting the lab up", "the packages were not agreed to", "nothing was installed")
        install(packages, environ=surroundings.environ, children=surroundings.children)
    findings = survey(surroundings.environ, workspace)
    failed = [finding for finding in findings if finding.level is Level.FAIL]
    if failed:
        problem = "; ".join(f"{finding.name}: {finding.text}" for finding in failed)
        raise InfraOpsError("setting the lab up", problem, failed[0].hint)
    if is_needed():
        ensure_archive(workspace.cache, surroundings.environ, teller(surroundings))
    else:
        ensure_base(workspace.cache, surroundings.environ, teller(surroundings))
    return survey(surroundings.environ, workspace)


def status(surroundings: Surroundings) -> tuple[HostStatus, ...]:
    """Return the lab hosts of this checkout."""
    opened = open_repo(surroundings)
    if names(opened.workspace):
        enter_lab(opened, surroundings)
    return status_of(opened.workspace)


def enter(surroundings: Surroundings) -> None:
    """Go where this checkout's lab hosts can be reached: into a plain user's namespaces; root is there already."""
    enter_lab(open_repo(surroundings), surroundings)


def prune(surroundings: Surroundings, *, dry_run: bool, bases: bool) -> Pruned:
    """Remove lab hosts of this checkout that no Terraform state knows, and what half-made ones left."""
    opened = open_repo(surroundings)
    enter_lab(opened, surroundings)
    return prune_hosts(opened.workspace, _known(opened), dry_run=dry_run, bases=bases, environ=surroundings.environ)


def _known(opened: OpenRepo) -> frozenset[str]:
    """Name the lab hosts that are in any local state, those of blueprints that are gone included."""
    for environment in opened.repo.environments.values():
        if environment.platform == LAB and environment.file.state.backend != "local":
            raise InfraOpsError(
                "looking for hosts that no state knows",
                f"the state of {environment.name} is kept by backend {environment.file.state.backend}, not here",
                "destroy its stacks instead",
            )
    states = opened.workspace.terraform_state.rglob("*.tfstate")
    return frozenset(name for state in states for name in _hosts_in(state))


def _hosts_in(state: Path) -> list[str]:
    text = state.read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text) if text.strip() else {"version": STATE_VERSION}
    if document["version"] != STATE_VERSION:
        raise InfraOpsError(f"reading {state}", f"its format is {document['version']}", "this infraops knows format 4")
    return [
        str(instance["attributes"]["name"])
        for resource in document.get("resources", [])
        if resource["type"] == "lab_host"
        for instance in resource["instances"]
    ]
