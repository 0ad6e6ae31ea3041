"""The contract between a module and the line: what Terraform answers and what the later stations live on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Host:
    """A machine to configure.

    `identity` changes when the machine is made anew (its host key, or whatever the module gives), so that evidence
    about an earlier machine of the same name is void. `connection` is Ansible's: `ssh` or `local`.
    """

    name: str
    address: str
    port: int = 22
    user: str = "root"
    groups: tuple[str, ...] = ()
    vars: Mapping[str, Any] = field(default_factory=dict)
    host_key: str | None = None  # "ssh-ed25519 AAAA…", pinned in known_hosts
    first_use: bool = False  # without a host_key: the key that it shows first is accepted, and kept by its identity
    private_key_file: str | None = None
    connection: str = "ssh"
    identity: str = ""


@dataclass(frozen=True)
class Outputs:
    """The outputs of a stack's root module, read once: hosts and endpoints by contract, the rest as declared."""

    hosts: tuple[Host, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)  # name → URL (http://…, tcp://…:5432)
    values: Mapping[str, Any] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        """Whether there are any; a stack that was never applied, or was destroyed, has none."""
        return bool(self.hosts or self.endpoints or self.values)
