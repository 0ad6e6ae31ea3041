"""Where the host keys of a stack are kept for programs that infraops does not start itself, or only starts."""

from collections.abc import Sequence

from infraops.models.basics.workspace import Workspace
from infraops.models.plans.contract import Host
from infraops.tools.files import write_file
from infraops.tools.host_keys import with_kept_keys
from infraops.tools.ssh import known_hosts, pinned_by


def with_accepted_keys(stack: str, hosts: Sequence[Host], workspace: Workspace) -> tuple[Host, ...]:
    """Give a stack's hosts of first use the keys that were accepted of them; the rest stay as they are."""
    return with_kept_keys(hosts, workspace.host_keys / stack)


def pin(stack: str, hosts: Sequence[Host], workspace: Workspace) -> dict[str, str]:
    """Write the pinned keys of a stack's hosts below `.infraops/known_hosts/`; return ssh's options that hold to them.

    One file a stack: hosts of two environments may have the same name.
    """
    file = workspace.scratch / "known_hosts" / stack
    write_file(file, known_hosts(hosts), mode=0o600)
    return pinned_by(file)
