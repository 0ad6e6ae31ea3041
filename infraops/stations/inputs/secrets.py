"""The values of a stack's secrets, in memory, for the one process that needs them."""

from infraops.controlrepo.parameters.secrets import resolve
from infraops.errors import InfraOpsError
from infraops.models.files.template import Consumer
from infraops.models.stacks.stack import SecretReference, Stack
from infraops.stations.bench.tools import Tools


def secrets_for(stack: Stack, consumer: Consumer, tools: Tools) -> dict[str, str]:
    """Resolve the sensitive parameters that `consumer` is handed; parameter name → value."""
    return {
        name: resolve(
            reference,
            root=tools.workspace.root,
            generated=tools.workspace.secrets / stack.environment.name,
            environ=tools.environ,
        )
        for name, reference in stack.secrets.items()
        if consumer in stack.template.file.parameters[name].used_by
    }


def fingerprint_key(stack: Stack, tools: Tools) -> bytes:
    """Return the key by which fingerprints speak of secrets: the environment's, which all its machines share, if any.

    Raises InfraOpsError where the environment names one that this machine has not.
    """
    written = stack.environment.file.change.fingerprint_key
    if written is None:
        return evidence_key(tools)
    directory = tools.workspace.secrets / stack.environment.name
    reference = SecretReference(*written.split(":", 1))
    try:
        return resolve(reference, root=tools.workspace.root, generated=directory, environ=tools.environ).encode()
    except InfraOpsError as error:
        file = stack.environment.directory.relative_to(tools.workspace.root) / "environment.yaml"
        hint = f"all who plan here need it: {error.hint}"
        raise InfraOpsError(f"looking up change.fingerprint_key of {file}", error.problem, hint) from error


def evidence_key(tools: Tools) -> bytes:
    """Return the key of this checkout by which digests speak of secrets without giving them away."""
    reference = SecretReference("generated", "evidence-key")
    directory = tools.workspace.secrets
    return resolve(reference, root=tools.workspace.root, generated=directory, environ=tools.environ).encode()
