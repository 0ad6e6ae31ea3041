"""Where one stack's Terraform works, and what it works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infraops.models.basics.workspace import Workspace
from infraops.models.stacks.stack import Stack
from infraops.render.stack import template_directory
from infraops.tools.terraform.state.backend import backend_settings, copies_of, state_file, state_named, unsaved


@dataclass(frozen=True)
class Site:
    """The places of one stack."""

    stack: str
    directory: Path  # the rendered stack
    template: Path  # its template, as copied
    modules: tuple[Path, ...]  # beside it, what of the control repo its module is, where that lies there
    backend: Mapping[str, str]  # settings of its backend
    state: Path | None  # the state file, where the backend is local
    backend_name: str  # as Terraform calls it
    rescued: Path  # where a state is kept that could not be saved
    copies: Path  # where copies of the state are kept
    locks: Path  # the committed provider lock file
    locks_before: Path | None  # of a renamed stack, the one of its old name
    plugin_cache: Path
    root: Path  # the control repo
    scratch: Path  # its `.infraops/`
    sensitive_inputs: frozenset[str] = frozenset()
    provider_mirror: Path | None = None  # holds infraops.local providers


def lock_file(stack: Stack, blueprint: str | None = None) -> Path:
    """Return where a stack's provider lock file is committed, or where it was while the blueprint had another name."""
    return stack.environment.directory / "locks" / f"{blueprint or stack.blueprint}.terraform.lock.hcl"


def site_of(stack: Stack, workspace: Workspace, *, provider_mirror: Path | None = None) -> Site:
    """Name the places of a stack. Raises InfraOpsError where its backend's settings would let stacks share a state."""
    state = state_file(stack, workspace)
    return Site(
        stack=stack.name,
        directory=workspace.stacks / stack.environment.name / stack.blueprint,
        template=workspace.scratch / "templates" / template_directory(stack),
        modules=(stack.module.directory, *stack.module.outside) if stack.module.in_place else (),
        backend=backend_settings(stack, workspace),
        state=state,
        backend_name=stack.environment.file.state.backend,
        rescued=unsaved(state or state_named(stack.name, workspace)),
        copies=copies_of(state or state_named(stack.name, workspace)),
        locks=lock_file(stack),
        locks_before=lock_file(stack, stack.moved_from) if stack.moved_from is not None else None,
        plugin_cache=workspace.cache / "terraform-plugins",
        root=workspace.root,
        scratch=workspace.scratch,
        sensitive_inputs=frozenset(name for name, reference in stack.inputs.items() if reference.sensitive),
        provider_mirror=provider_mirror,
    )
