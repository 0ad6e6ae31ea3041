"""Terraform, one stack at a time: init, plan, show, apply, outputs."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Outputs
from infraops.models.plans.plan import PlanModel
from infraops.processes import Children, Watch, Workers
from infraops.render.hcl import literal
from infraops.render.state_account import S3
from infraops.tools.files import write_file
from infraops.tools.terraform.command import Answer, Commander
from infraops.tools.terraform.initialising import CACHE_VARIABLE, Initialised, initialise
from infraops.tools.terraform.messages.answers import Applied, Planned
from infraops.tools.terraform.messages.events import Diagnostic, OnEvent
from infraops.tools.terraform.messages.secrecy import Secrecy, marked_sensitive
from infraops.tools.terraform.plans.masking import masked
from infraops.tools.terraform.plans.reading import HandOn, Reading, read_document
from infraops.tools.terraform.program.arguments import arguments
from infraops.tools.terraform.program.cli_config import cli_config
from infraops.tools.terraform.program.environment import environment
from infraops.tools.terraform.program.pinned import Program, detect, find_program, refuse_without_lock_files
from infraops.tools.terraform.state.backend import close, prepare
from infraops.tools.terraform.state.keeping import Held, keep_copy, let_go, put, read_held, stands
from infraops.tools.terraform.state.outputs import outputs_in, outputs_of
from infraops.tools.terraform.state.pg_backend import LOCK_TIMEOUT, PG, reserve
from infraops.tools.terraform.state.rescue import keep, save_kept
from infraops.tools.terraform.state.site import Site, site_of

INPUTS = "inputs.auto.tfvars.json"
_PLAIN = ("no_color",)
# Messages of a plan that has more to say than that nothing is to be done.
_NEWS = frozenset({"planned_change", "resource_drift", "diagnostic"})


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
        watch: Watch | None = None,
        workers: Workers | None = None,
        locked: bool = False,
    ) -> None:
        self.program = program
        self._locked = locked  # no provider but those that the lock files pin
        self.site = site
        self._cache = Path(environ.get(CACHE_VARIABLE) or site.plugin_cache)
        extra = {CACHE_VARIABLE: str(self._cache)}
        if site.provider_mirror is not None:
            extra |= cli_config(environ, site.provider_mirror, site.scratch, program=program.argv[0])
        chosen = environment(environ, root=site.root, extra=extra)
        self._secrecy = Secrecy()
        self._sensitive_inputs: dict[str, Any] = {}
        # A command leaves its connection to PostgreSQL open until its process ends, and a worker lives on.
        workers = workers if site.backend_name != PG else None
        self._commander = Commander(program, site.directory, chosen, self._secrecy, children, on_event, watch, workers)
        self._patience = LOCK_TIMEOUT if site.backend_name == PG else None

    def init(self, *, force: bool = False) -> Initialised:
        """Initialise the directory where modules, providers, backend or program are not as they were."""
        if self.site.state is not None:
            prepare(self.site.state)
        if self.site.backend_name == S3:
            doing = f"initialising Terraform for {self.site.stack}"
            refuse_without_lock_files(self.program, self.site.backend, doing)
        return initialise(self.site, self._commander, self._cache, force=force, locked=self._locked)

    def write_inputs(self, values: Mapping[str, Any]) -> None:
        """Hand the module the values of its inputs, beside the rendered ones.

        Sensitive ones are written nowhere; they go into the environment of the next plan.
        """
        path = self.site.directory / INPUTS
        self._sensitive_inputs = {name: values[name] for name in values.keys() & self.site.sensitive_inputs}
        open_ones = {name: value for name, value in values.items() if name not in self._sensitive_inputs}
        if open_ones:
            write_file(path, json.dumps(open_ones, indent=2, sort_keys=True) + "\n", mode=0o600)
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
        save_kept(self.site, self._commander, patience=self._patience)
        if self.site.backend_name == PG:
            reserve(self.site, self._commander)
        out.unlink(missing_ok=True)
        out.touch(mode=0o600)
        flags = [name for name, asked in (("destroy", destroy), ("refresh_only", refresh_only)) if asked]
        command = arguments(
            "plan",
            input=False,
            lock_timeout=self._patience,
            out=str(out),
            replace=list(replace),
            target=list(targets),
            flags=(*_PLAIN, "json", "detailed_exitcode", *flags),
        )
        answer = self._run(command, "planning", secrets, ends_well=(0, 2))
        out.chmod(0o600)
        changes = answer.exit_code == 2
        return Planned(out, changes, not changes and not answer.told & _NEWS, answer.warnings, answer.seconds)

    def read(self, planned: Planned, asked: Reading | None = None) -> PlanModel:
        """Return what a plan would do; a quiet one is looked into where that is asked for, and not otherwise."""
        asked = asked or Reading()
        if asked.every or not planned.quiet:
            return self.show(planned.file, asked, warnings=planned.warnings)
        if asked.hand_on is not None:
            self._look_into(planned.file, asked.hand_on)
        return PlanModel(stand_ins=tuple(asked.stand_ins), planned_outputs=_open_values(self._told_outputs()))

    def show(self, plan: Path, asked: Reading | None = None, *, warnings: Iterable[Diagnostic] = ()) -> PlanModel:
        """Look into a saved plan."""
        asked = asked or Reading()
        document = self._look_into(plan, asked.hand_on)
        return read_document(document, asked, secrecy=self._secrecy, warnings=warnings)

    def _look_into(self, plan: Path, hand_on: HandOn | None) -> dict[str, Any]:
        """Return the document of a saved plan, and learn its secrets; hand it on with these masked."""
        document = self._document(arguments("show", str(plan), flags=(*_PLAIN, "json")), "reading the plan of")
        self._secrecy.learn({"": list(marked_sensitive(document))})
        if hand_on is not None:
            hand_on(masked(document, hide=self._secrecy.hide))
        return document

    def apply(self, plan: Path, *, secrets: Mapping[str, Any] | None = None) -> Applied:
        """Carry out a saved plan, exactly."""
        command = arguments("apply", str(plan), input=False, lock_timeout=self._patience, flags=(*_PLAIN, "json"))
        try:
            answer = self._run(command, "applying", secrets)
        except InfraOpsError as error:
            if keep(self.site):
                error.hint = f"what it made is noted in {self.site.rescued}; the next plan saves that in the state"
            raise
        finally:
            if self.site.state is not None:
                close(self.site.state)
        told = answer.outputs
        if told is None or any(output.get("sensitive") for output in told.values()):  # those it does not tell
            outputs = self.outputs()
        else:
            outputs = outputs_of(told, stack=self.site.stack)
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
        """Read the outputs from the state; where nothing was applied, there are none.

        A local state is read as it is, without a process and without `init`.
        """
        return outputs_of(self._told_outputs(), stack=self.site.stack)

    def _told_outputs(self) -> Mapping[str, Any]:
        if self.site.state is not None:
            if not self.site.state.exists():
                return {}
            if (found := outputs_in(self.site.state)) is not None:
                return found
        return self._document(arguments("output", flags=(*_PLAIN, "json")), "reading the outputs of")

    def held(self) -> Held:
        """Read what the state holds. One that is not in a file here is asked for through its backend."""
        if self.site.state is None:
            self.init()
        return read_held(self.site, self._commander)

    def let_go(self, held: Held, now: datetime) -> Path:
        """Set the state aside that holds this; nothing is destroyed. Returns where it is kept."""
        return let_go(self.site, self._commander, held, now, patience=self._patience)

    def keep_copy(self, now: datetime) -> Path | None:
        """Keep a copy of the state beside the others; None where there is no state."""
        return keep_copy(self.site, self._commander, now)

    def around(self, secrets: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment that its commands work in, with the values of variables that are written nowhere."""
        self._cache.mkdir(parents=True, exist_ok=True)  # else Terraform complains, and works without it
        return {**self._commander.environment, **self._variables(secrets)}

    def hide(self, text: str) -> str:
        """Blank the secret values in a text that its commands were handed so far."""
        return self._secrecy.hide(text)

    def addresses_named(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the addresses of the managed resources whose `name` or `hostname` is one of these."""
        document = self._document(arguments("show", flags=(*_PLAIN, "json")), "reading the state of")
        return tuple(_named(document.get("values", {}).get("root_module", {}), names))

    def stands(self, document: Mapping[str, Any]) -> bool:
        """Whether this very state is in its place already. Raises InfraOpsError where another one is."""
        held = self.held()
        return stands(self.site, held, document)

    def put(self, document: Mapping[str, Any]) -> None:
        """Put a state in its place, where there is none."""
        if self.site.state is not None:
            prepare(self.site.state)
        put(self.site, self._commander, document, patience=self._patience)

    def force_unlock(self, lock: str) -> None:
        """Release a lock that a dead run left on the state."""
        command = arguments("force-unlock", lock, flags=(*_PLAIN, "force"))
        self._commander.run(command, doing=f"unlocking the state of {self.site.stack}")

    def _run(
        self, command: tuple[str, ...], verb: str, secrets: Mapping[str, Any] | None, ends_well: tuple[int, ...] = (0,)
    ) -> Answer:
        doing = f"{verb} {self.site.stack}"
        variables = self._variables(secrets or {})
        return self._commander.run(command, doing=doing, variables=variables, ends_well=ends_well, streamed=True)

    def _variables(self, secrets: Mapping[str, Any]) -> dict[str, str]:
        inputs = {name: literal(value) for name, value in self._sensitive_inputs.items()}
        self._secrecy.learn({**secrets, **self._sensitive_inputs})
        texts = {**inputs, **{name: _as_variable(value) for name, value in secrets.items()}}
        return {f"TF_VAR_{name}": text for name, text in texts.items()}

    def _document(self, command: tuple[str, ...], verb: str) -> dict[str, Any]:
        doing = f"{verb} {self.site.stack}"
        answer = self._commander.run(command, doing=doing)
        try:
            document: dict[str, Any] = json.loads(answer.stdout)
        except ValueError as error:
            raise InfraOpsError(doing, f"Terraform's answer is not JSON: {error}") from error
        return document


def _open_values(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: output.get("value") for name, output in outputs.items() if not output.get("sensitive")}


def _named(module: Mapping[str, Any], names: Collection[str]) -> Iterator[str]:
    for resource in module.get("resources", ()):
        values = resource.get("values", {})
        if resource["mode"] == "managed" and {values.get("name"), values.get("hostname")} & set(names):
            yield resource["address"]
    for child in module.get("child_modules", ()):
        yield from _named(child, names)


def _as_variable(value: Any) -> str:
    """Write a value as Terraform reads it from the environment: strings as they are, the rest as expressions."""
    return value if isinstance(value, str) else literal(value)


__all__ = [
    "Applied",
    "Held",
    "Initialised",
    "Planned",
    "Program",
    "Site",
    "Terraform",
    "detect",
    "find_program",
    "site_of",
]
