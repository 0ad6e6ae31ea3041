"""What proves that a whole stack is as its files want it: digests of all it is made from, as verify noted them.

Everything counts that could make Terraform or Ansible do something else: the stack's own files and values, the versions
of the programs, the provider locks, secrets (keyed hashes), and the values that other stacks hand it. What cannot be
seen without asking the machines is drift: `--refresh` and `infraops drift` look for that.
"""

import hashlib
import socket
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from infraops import __version__
from infraops.controlrepo.digests import inputs_digest
from infraops.lab.hosts import list_hosts
from infraops.models.basics.digests import canonical, digest_of, keyed_digest
from infraops.models.basics.workspace import Workspace
from infraops.models.files.template import Consumer
from infraops.models.ledger.answers import Success
from infraops.models.plans.contract import Outputs
from infraops.models.stacks.stack import InputReference, Stack
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.inputs.secrets import evidence_key, secrets_for
from infraops.stations.terraform.access import LAB
from infraops.tools.files import content
from infraops.tools.terraform.state.backend import is_there, state_named
from infraops.tools.terraform.state.site import lock_file

MADE_FROM, INPUTS, LOCKS = "made_from", "inputs", "locks"
OUTPUT, HOST = "output.", "host."  # and the name


def made_from(stack: Stack, tools: Tools) -> str:
    """Digest what a stack is made from, beside its inputs and its provider locks, which a run may still change.

    Raises InfraOpsError where a file or a secret cannot be had.
    """
    secrets = {
        f"{consumer.value}.{name}": _keyed(value, tools)
        for consumer in Consumer
        for name, value in secrets_for(stack, consumer, tools).items()
    }
    return digest_of(
        {
            "files": inputs_digest(stack, tools.workspace.root, tools.snapshot),
            "programs": [
                __version__,
                tools.program.name,
                tools.program.version,
                ansible_version() if stack.has_playbook else "",
            ],
            "secrets": secrets,
            "state": whereabouts(stack, tools.workspace),
        }
    )


def whereabouts(stack: Stack, workspace: Workspace) -> str:
    """Say whose a state is that this checkout keeps: in a team's ledger another one's proof says nothing of it."""
    return f"{socket.gethostname()}:{workspace.state}" if stack.environment.file.state.backend == "local" else ""


def digests_of(job: Job, tools: Tools) -> Mapping[str, str]:
    """Return what the end of verify notes in the ledger; nothing where the way did not cover the whole stack."""
    if tools.options.limit or job.outputs is None or not job.made_from:
        return {}
    inputs = {name: _of_value(value, job.stack.inputs[name].sensitive, tools) for name, value in job.inputs.items()}
    return {
        MADE_FROM: job.made_from,
        INPUTS: digest_of(inputs),
        LOCKS: locks_digest(job.stack),
        **_of_outputs(job.outputs, tools),
        **{f"{HOST}{host.name}": host.identity for host in job.outputs.hosts},
    }


def proven(job: Job, tools: Tools) -> Success | None:
    """Return the success that proves a stack up to date as of now; None where it has to be looked at."""
    success = tools.proofs.get(job.stack.name)
    if success is None or not tools.options.trust_evidence:
        return None
    if job.stack.before is not None and is_there(state_named(job.stack.before, tools.workspace)):
        return None
    if tools.options.evidence_of not in (None, success.run):
        return None
    inputs = _inputs(job.stack, tools)
    now = {MADE_FROM: job.made_from, INPUTS: digest_of(inputs) if inputs is not None else None}
    fits = all(success.digests.get(name) == digest for name, digest in now.items())
    fits = fits and success.digests.get(LOCKS) == locks_digest(job.stack)
    return success if fits and _hosts_run(job.stack, success, tools) else None


def _inputs(stack: Stack, tools: Tools) -> dict[str, str] | None:
    """Return the digests of the values that other stacks hand this one, as far as they are known by now."""
    found: dict[str, str] = {}
    for name, reference in stack.inputs.items():
        digest = _given(reference, tools)
        if digest is None:
            return None
        found[name] = digest
    return found


def _given(reference: InputReference, tools: Tools) -> str | None:
    """Digest the value of an output: as real in this run, as planned in it, or as the ledger noted it last."""
    real = tools.outputs.real(reference.stack)
    values = real.values if real is not None else tools.outputs.planned(reference.stack)
    if values is not None:
        value = values.get(reference.output)
        return None if value is None else _of_value(value, reference.sensitive, tools)
    success = tools.proofs.get(reference.stack)
    return success.digests.get(f"{OUTPUT}{reference.output}") if success is not None else None


def _hosts_run(stack: Stack, success: Success, tools: Tools) -> bool:
    """Whether the hosts of a lab stack still run: on one's own machine that needs no drift detection."""
    if stack.environment.platform != LAB:
        return True
    wanted = {identity for name, identity in success.digests.items() if name.startswith(HOST)}
    return wanted <= _running(tools.workspace, tools.run)


@cache
def _running(workspace: Workspace, run: str) -> frozenset[str]:
    return frozenset(host.identity for host in list_hosts(workspace) if host.running)


def _of_outputs(outputs: Outputs, tools: Tools) -> dict[str, str]:
    return {
        f"{OUTPUT}{name}": _of_value(value, name in outputs.sensitive, tools) for name, value in outputs.values.items()
    }


def _of_value(value: Any, sensitive: bool, tools: Tools) -> str:
    return _keyed(canonical(value), tools) if sensitive else digest_of(value)


def _keyed(text: str, tools: Tools) -> str:
    return keyed_digest(text, evidence_key(tools))


def locks_digest(stack: Stack) -> str:
    """Digest a stack's provider lock file, as committed."""
    return hashlib.sha256(content(lock_file(stack))).hexdigest()


@cache
def ansible_version() -> str:
    """Return the version of ansible-core; empty where it is not installed."""
    try:
        return version("ansible-core")
    except PackageNotFoundError:
        return ""
