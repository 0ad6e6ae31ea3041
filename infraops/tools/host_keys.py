"""Host keys that were accepted on first use: kept in the user's state directory, each tied to a machine's identity."""

import base64
import binascii
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.tools.files import write_file


def is_for_first_use(host: Host) -> bool:
    """Whether the key that this host shows first is to be accepted: it says so, and nobody gave a key."""
    return host.first_use and host.host_key is None and host.connection == "ssh"


def with_kept_keys(hosts: Sequence[Host], directory: Path) -> tuple[Host, ...]:
    """Give hosts of first use the keys that were accepted of these very machines; the rest stay as they are."""
    return tuple(
        replace(host, host_key=key) if is_for_first_use(host) and (key := _read(host, directory)) else host
        for host in hosts
    )


def keep(host: Host, key: str, directory: Path) -> str | None:
    """Keep the key that a host has shown, unless one of the same machine is kept; return that one where it differs.

    A machine made anew has another identity: the key of the one before it is forgotten.
    """
    with _alone(directory):
        known = _read(host, directory)
        if known is None:
            record = {"host": host.name, "identity": _identity(host), "key": key}
            write_file(file_of(host, directory), json.dumps(record) + "\n", mode=0o600)
        return known if known != key else None


def file_of(host: Host, directory: Path) -> Path:
    """Return the file that a host's key is kept in; one who knows that the key has changed removes it."""
    return directory / f"{hashlib.sha256(host.name.encode()).hexdigest()[:16]}.json"


def fingerprint(key: str) -> str:
    """Return what `ssh-keygen -l` calls a public key by: `SHA256:…`."""
    blob = base64.b64decode(key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _identity(host: Host) -> str:
    return host.identity or f"{host.address}:{host.port}"


def _read(host: Host, directory: Path) -> str | None:
    file = file_of(host, directory)
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["identity"] != _identity(host):
            return None
        key = str(record["key"])
        fingerprint(key)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError, binascii.Error) as error:
        # Not to be taken for a host that nobody has seen yet.
        raise InfraOpsError(
            f"reading the host key of {host.name}",
            f"{file} is not what was written there ({error})",
            "remove it where you are sure of the host: its key is accepted anew",
        ) from error
    return key


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other runs out for as long as it takes to look and to write."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(directory / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
