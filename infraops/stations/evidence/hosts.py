"""What proves that a host is configured already: a digest of all that its configuration is made from, in the ledger."""

from collections.abc import Mapping
from typing import Any

from infraops.controlrepo.digests import playbook_digest
from infraops.models.basics.digests import digest_of, keyed_digest
from infraops.models.files.template import Consumer
from infraops.models.plans.contract import Host, Outputs
from infraops.render.play import group_vars
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.inputs.secrets import evidence_key, secrets_for
from infraops.stations.inputs.sources import open_to_playbook, secret_to_playbook


def hosts_without_evidence(job: Job, outputs: Outputs, tools: Tools) -> tuple[str, ...]:
    """Name the hosts that the ledger does not prove configured from the very same digests.

    Where the template's plays look at other hosts, one host without evidence makes all of them unproven.
    """
    if not outputs.hosts:
        return ()
    proven = tools.ledger.configured_hosts(job.stack.name)
    digests = configuration_digests(job, outputs, tools)
    missing = tuple(host.name for host in outputs.hosts if proven.get(host.name) != (host.identity, digests[host.name]))
    if missing and not job.stack.template.file.independent_hosts:
        return tuple(host.name for host in outputs.hosts)
    return missing


def configuration_digests(job: Job, outputs: Outputs, tools: Tools) -> Mapping[str, str]:
    """Digest, for each host, what its configuration is made from: all that is shared, and what Terraform says of it."""
    shared = shared_configuration(job, tools, key=evidence_key(tools))
    return {host.name: digest_of({**shared, "host": of_host(host)}) for host in outputs.hosts}


def shared_configuration(job: Job, tools: Tools, *, key: bytes) -> dict[str, Any]:
    """Return what the configuration of all hosts of a stack is made from.

    That is the playbook with its roles and files, the environment's group and host variables, parameters, inputs, and
    the secrets (sensitive inputs too) by hashes that are keyed with `key`.
    """
    stack = job.stack
    handed = secrets_for(stack, Consumer.PLAYBOOK, tools) | secret_to_playbook(stack, job.inputs)
    secrets = {name: keyed_digest(value, key) for name, value in handed.items()}
    return {
        "playbook": playbook_digest(stack, tools.workspace.root),
        "variables": group_vars(stack),  # a parameter that only Terraform is handed configures nothing
        "inputs": open_to_playbook(stack, job.inputs),
        "secrets": secrets,
    }


def of_host(host: Host) -> Mapping[str, Any]:
    """Return what Terraform says of a host that matters to its configuration."""
    return {
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "groups": sorted(host.groups),
        "vars": dict(host.vars),
        "connection": host.connection,
    }
