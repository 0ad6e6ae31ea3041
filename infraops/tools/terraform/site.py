"""Where one stack's Terraform works, and what it works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infraops.models.stack import Stack
from infraops.models.workspace import Workspace
from infraops.render.stack import template_directory
from infraops.tools.terraform.backend import backend_settings, state_file


@dataclass(frozen=True)
class Site:
    """The places of one stack."""

    stack: str
    directory: Path  # the rendered stack
    template: Path  # its template, as copied
    backend: Mapping[str, str]  # settings of its backend
    state: Path | None  # the state file, where the backend is local
    backend_name: str  # as Terraform calls it
    rescued: Path  # where a state is kept that could not be saved
    locks: Path  # the committed provider lock file
    plugin_cache: Path
    root: Path  # the control repo
    scratch: Path  # its `.infraops/`
    sensitive_inputs: frozenset[str] = frozenset()
    provider_mirror: Path | None = None  # holds infraops.local providers


def lock_file(stack: Stack) -> Path:
    """Return where a stack's provider lock file is committed."""
    return stack.environment.directory / "locks" / f"{stack.blueprint}.terraform.lock.hcl"


def site_of(stack: Stack, workspace: Workspace, *, provider_mirror: Path | None = None) -> Site:
    """Name the places of a stack. Raises InfraOpsError where its backend's settings would let stacks share a state."""
    return Site(
        stack=stack.name,
        directory=workspace.stacks / stack.environment.name / stack.blueprint,
        template=workspace.scratch / "templates" / template_directory(stack),
        backend=backend_settings(stack, workspace),
        state=state_file(stack, workspace),
        backend_name=stack.environment.file.state.backend,
        rescued=workspace.terraform_state / stack.environment.name / f"{stack.blueprint}.tfstate.unsaved",
        locks=lock_file(stack),
        plugin_cache=workspace.cache / "terraform-plugins",
        root=workspace.root,
        scratch=workspace.scratch,
        sensitive_inputs=frozenset(name for name, reference in stack.inputs.items() if reference.sensitive),
        provider_mirror=provider_mirror,
    )
