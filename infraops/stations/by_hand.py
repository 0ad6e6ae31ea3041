"""A stack in somebody's own hands: a program in its directory, with all that infraops itself gives to Terraform."""

import os
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infraops.errors import InfraOpsError, UsageError
from infraops.models.files.template import Consumer
from infraops.models.ledger.runs import CommandEnded, CommandStarted
from infraops.models.runs.events import Said
from infraops.processes import run_attached
from infraops.stations.bench.claiming import hold
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools, watch_for
from infraops.stations.change_control.emergency import allow_by_hand
from infraops.stations.inputs.secrets import secrets_for
from infraops.stations.inputs.sources import outputs_of_earlier_run
from infraops.stations.terraform.access import terraform_of
from infraops.stations.terraform.rendered import write_rendered
from infraops.tools.files import write_file
from infraops.tools.terraform.driver import Terraform
from infraops.tools.terraform.initialising import look_again
from infraops.tools.terraform.program.words import TERRAFORM, only_looks, runs_terraform, subcommand, without_values
from infraops.tools.terraform.state.backend import close

STATION = "exec"
_FOR_PROGRAMS = ("TF_INPUT", "TF_IN_AUTOMATION")  # they keep Terraform from asking


@dataclass(frozen=True)
class _Ready:
    terraform: Terraform
    secrets: Mapping[str, str]


def by_hand(job: Job, tools: Tools, argv: Sequence[str]) -> int:
    """Run a program on a claimed stack, on the terminal, with its state copied before; return its exit code.

    Raises Locked where another run holds the stack, UsageError where there is no such program, NotApproved where it may
    change something that needs approval.
    """
    allow_by_hand(job.stack.name, argv, tools)
    hold(job, tools)
    ready = _made_ready(job, tools, argv)
    copy = ready.terraform.keep_copy(tools.now())
    _tell(job, tools, f"its state is copied to {copy}" if copy else "it has no state yet")
    environment = {**ready.terraform.around(ready.secrets), "PATH": _path(tools)}
    changes = not runs_terraform(argv) or not only_looks(argv)
    told = tuple(ready.terraform.hide(word) for word in without_values(argv))
    begun = CommandStarted(told, str(copy or ""), changes)
    tools.ledger.append(begun, run=tools.run, stack=job.stack.name)
    since = time.monotonic()
    try:
        code = run_attached(
            argv,
            cwd=job.directory,
            env={name: value for name, value in environment.items() if name not in _FOR_PROGRAMS},
            watch=watch_for(tools, job.stack.name, os.path.basename(argv[0])),  # noqa: PTH119 - it may be no path
        )
    except OSError as error:
        raise UsageError(f"starting {argv[0]}", (error.strerror or str(error)).lower(), "is it on PATH?") from error
    finally:
        if changes:
            _tidy_up(job, ready.terraform, tools)
    ended = CommandEnded(code, time.monotonic() - since)
    tools.ledger.append(ended, run=tools.run, stack=job.stack.name)
    return code


def _made_ready(job: Job, tools: Tools, argv: Sequence[str]) -> _Ready:
    """Render and initialise the stack, with the values that are known; what is not known is named, and left out."""
    write_rendered(job.stack, tools.workspace, tools.copies)
    terraform = terraform_of(job.stack, tools, STATION)
    terraform.write_inputs(_known_inputs(job, tools))
    secrets: Mapping[str, str] = {}
    try:
        secrets = secrets_for(job.stack, Consumer.TERRAFORM, tools)
    except InfraOpsError as error:
        _tell(job, tools, f"without its secrets: {error}")
    try:
        terraform.init()
    except InfraOpsError as error:
        if not runs_terraform(argv) or subcommand(argv) != "init":
            error.hint = error.hint or f"`infraops exec {job.stack.name} -- terraform init` may mend that"
            raise
        _tell(job, tools, f"not initialised: {error.problem}")
    return _Ready(terraform, secrets)


def _known_inputs(job: Job, tools: Tools) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, reference in job.stack.inputs.items():
        if name not in job.stack.module.variables:
            continue
        value = outputs_of_earlier_run(reference.stack, tools).values.get(reference.output)
        if value is None:
            line = f"without the input {name}: {reference.stack} has no output {reference.output} yet"
            _tell(job, tools, line)
        else:
            known[name] = value
    return known


def _path(tools: Tools) -> str:
    """Return a PATH on which `terraform` is the pinned program, for scripts too."""
    directory = tools.run_directory / "bin"
    script = f'#!/bin/sh\nexec {shlex.join(tools.program.argv)} "$@"\n'
    write_file(directory / TERRAFORM, script, mode=0o700)
    return os.pathsep.join([str(directory), tools.environ.get("PATH", os.defpath)])


def _tidy_up(job: Job, terraform: Terraform, tools: Tools) -> None:
    if terraform.site.state is not None:
        close(terraform.site.state)
    if look_again(job.directory):
        _tell(job, tools, "the workspace is the default one again: a stack has one state")


def _tell(job: Job, tools: Tools, line: str) -> None:
    """Say a line at once: no station ends, behind which it could stand."""
    tools.report(Said(job.stack.name, "", line, important=True))
