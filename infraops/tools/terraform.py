"""Terraform, one stack at a time: init, plan, show, apply, outputs."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.contract import Outputs
from infraops.models.plan import PlanModel
from infraops.models.stack import Stack
from infraops.models.workspace import Workspace
from infraops.processes import Children, ProcessIdentity
from infraops.render.hcl import literal
from infraops.render.stack import template_directory
from infraops.tools import terraform_init as initialising
from infraops.tools.files import write_file
from infraops.tools.terraform_arguments import arguments
from infraops.tools.terraform_backend import backend_settings, prepare, state_file
from infraops.tools.terraform_cli_config import cli_config
from infraops.tools.terraform_command import Answer, Commander
from infraops.tools.terraform_environment import environment
from infraops.tools.terraform_events import Diagnostic, OnEvent
from infraops.tools.terraform_outputs import outputs_of
from infraops.tools.terraform_plan import plan_model
from infraops.tools.terraform_program import Program, detect, find_program

INPUTS = "inputs.auto.tfvars.json"
_PLAIN = ("no_color",)


@dataclass(frozen=True)
class Site:
    """Where one stack's Terraform works, and what it works with."""

    stack: str
    directory: Path  # the rendered stack
    module: Path  # its module, as copied
    backend: Mapping[str, str]  # settings of its backend
    state: Path | None  # the state file, where the backend is local
    locks: Path  # the committed provider lock file
    plugin_cache: Path
    root: Path  # the control repo
    scratch: Path  # its `.infraops/`
    provider_mirror: Path | None = None  # holds infraops.local providers


def site_of(stack: Stack, workspace: Workspace, *, provider_mirror: Path | None = None) -> Site:
    """Name the places of a stack. Raises InfraOpsError where its backend's settings would let stacks share a state."""
    template = workspace.scratch / "templates" / template_directory(stack)
    return Site(
        stack=stack.name,
        directory=workspace.stacks / stack.environment.name / stack.blueprint,
        module=template / "terraform" / stack.environment.platform,
        backend=backend_settings(stack, workspace),
        state=state_file(stack, workspace),
        locks=stack.environment.directory / "locks" / f"{stack.blueprint}.terraform.lock.hcl",
        plugin_cache=workspace.cache / "terraform-plugins",
        root=workspace.root,
        scratch=workspace.scratch,
        provider_mirror=provider_mirror,
    )


@dataclass(frozen=True)
class Initialised:
    """Whether init ran, and the committed lock file where init made or changed it."""

    ran: bool
    lock_changed: Path | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Planned:
    """A plan is in its file; `changes` is Terraform's own word for whether it would do anything."""

    changes: bool
    warnings: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Applied:
    """A plan was carried out; the outputs are those that Terraform told at its end."""

    outputs: Outputs
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    warnings: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


class Terraform:
    """One stack's Terraform. Every method raises InfraOpsError in Terraform's own words where it fails.

    Methods that are handed `secrets` pass them as TF_VAR_… to that one process; `environ` is the operator's.
    """

    def __init__(
        self,
        program: Program,
        site: Site,
        *,
        environ: Mapping[str, str],
        children: Children | None = None,
        on_event: OnEvent | None = None,
        on_start: Callable[[ProcessIdentity], None] | None = None,
    ) -> None:
        self.program = program
        self.site = site
        extra = {"TF_PLUGIN_CACHE_DIR": str(site.plugin_cache)}
        if site.provider_mirror is not None:
            extra |= cli_config(environ, site.provider_mirror, site.scratch, program=program.argv[0])
        self._commander = Commander(
            program, site.directory, environment(environ, root=site.root, extra=extra), children, on_event, on_start
        )

    def init(self, *, force: bool = False) -> Initialised:
        """Initialise the directory where modules, providers, backend or program are not as they were."""
        site, own_lock = self.site, self.site.directory / initialising.LOCK_FILE
        if not force and initialising.is_initialised(site.directory, self._init_digest()):
            return Initialised(ran=False)
        if site.locks.is_file():
            shutil.copyfile(site.locks, own_lock)
        else:
            own_lock.unlink(missing_ok=True)
        if site.state is not None:
            prepare(site.state)
        command = arguments(
            "init",
            input=False,
            backend_config=dict(site.backend),
            flags=_PLAIN,
        )
        with initialising.plugin_cache(site.plugin_cache):
            answer = self._commander.run(command, doing=f"initialising Terraform for {site.stack}")
        changed = own_lock.is_file() and write_file(site.locks, own_lock.read_text(encoding="utf-8"))
        initialising.note(site.directory, self._init_digest())
        return Initialised(ran=True, lock_changed=site.locks if changed else None, seconds=answer.seconds)

    def _init_digest(self) -> str:
        site = self.site
        return initialising.init_digest(self.program, site.directory, (site.module,), site.backend, site.locks)

    def write_inputs(self, values: Mapping[str, Any]) -> None:
        """Hand the module the values of its inputs, beside the rendered ones; sensitive ones go with `secrets`."""
        path = self.site.directory / INPUTS
        if values:
            write_file(path, json.dumps(values, indent=2, sort_keys=True) + "\n", mode=0o600)
        else:
            path.unlink(missing_ok=True)

    def plan(
        self,
        out: Path,
        *,
        destroy: bool = False,
        refresh_only: bool = False,
        replace: Sequence[str] = (),
        targets: Sequence[str] = (),
        secrets: Mapping[str, Any] | None = None,
    ) -> Planned:
        """Plan into the file `out`, which holds sensitive values and which the caller removes."""
        out.unlink(missing_ok=True)
        out.touch(mode=0o600)
        flags = [name for name, asked in (("destroy", destroy), ("refresh_only", refresh_only)) if asked]
        command = arguments(
            "plan",
            input=False,
            out=str(out),
            replace=list(replace),
            target=list(targets),
            flags=(*_PLAIN, "json", "detailed_exitcode", *flags),
        )
        answer = self._run(command, "planning", secrets, ends_well=(0, 2))
        out.chmod(0o600)
        return Planned(answer.exit_code == 2, answer.warnings, answer.seconds)

    def show(self, plan: Path, *, stand_ins: Sequence[str] = (), warnings: Iterable[Diagnostic] = ()) -> PlanModel:
        """Read a saved plan. `stand_ins` names the inputs that it was made without real values for."""
        document = self._document(arguments("show", str(plan), flags=(*_PLAIN, "json")), "reading the plan of")
        return plan_model(document, stand_ins=stand_ins, warnings=[warning.summary for warning in warnings])

    def apply(self, plan: Path, *, secrets: Mapping[str, Any] | None = None) -> Applied:
        """Carry out a saved plan, exactly."""
        command = arguments("apply", str(plan), input=False, flags=(*_PLAIN, "json"))
        answer = self._run(command, "applying", secrets)
        told = answer.outputs
        outputs = self.outputs() if told is None else outputs_of(told, stack=self.site.stack)
        counts = answer.counts or {}
        return Applied(
            outputs,
            counts.get("add", 0),
            counts.get("change", 0),
            counts.get("remove", 0),
            answer.warnings,
            answer.seconds,
        )

    def outputs(self) -> Outputs:
        """Read the outputs from the state; without state, or where nothing was applied, they are empty."""
        if self.site.state is not None and not self.site.state.exists():
            return Outputs()
        document = self._document(arguments("output", flags=(*_PLAIN, "json")), "reading the outputs of")
        return outputs_of(document, stack=self.site.stack)

    def force_unlock(self, lock: str) -> None:
        """Release a lock that a dead run left on the state."""
        command = arguments("force-unlock", lock, flags=(*_PLAIN, "force"))
        self._commander.run(command, doing=f"unlocking the state of {self.site.stack}")

    def _run(
        self, command: tuple[str, ...], verb: str, secrets: Mapping[str, Any] | None, ends_well: tuple[int, ...] = (0,)
    ) -> Answer:
        variables = {f"TF_VAR_{name}": _as_variable(value) for name, value in (secrets or {}).items()}
        doing = f"{verb} {self.site.stack}"
        return self._commander.run(command, doing=doing, variables=variables, ends_well=ends_well, streamed=True)

    def _document(self, command: tuple[str, ...], verb: str) -> dict[str, Any]:
        doing = f"{verb} {self.site.stack}"
        answer = self._commander.run(command, doing=doing)
        try:
            document: dict[str, Any] = json.loads(answer.stdout)
        except ValueError as error:
            raise InfraOpsError(doing, f"Terraform's answer is not JSON: {error}") from error
        return document


def _as_variable(value: Any) -> str:
    """Write a value as Terraform reads it from the environment: strings as they are, the rest as expressions."""
    return value if isinstance(value, str) else literal(value)


__all__ = [
    "Applied",
    "Initialised",
    "Planned",
    "Program",
    "Site",
    "Terraform",
    "detect",
    "find_program",
    "site_of",
]
