"""The writable layer of a host: what makes it this host and no other, and whether the file system can carry it."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.lab.programs import call
from infraops.lab.records import checkout_lock
from infraops.models.basics.workspace import Workspace

# File systems on which the kernel refuses the upper layer of an overlay.
UNSUITABLE = frozenset(
    {"overlay", "nfs", "nfs4", "cifs", "smb3", "9p", "vfat", "exfat", "msdos", "ntfs", "ntfs3", "afs"}
)


@dataclass(frozen=True)
class Login:
    """The key pair of a checkout: every host of it lets this key in."""

    private_key: Path
    public_key: str


def new_identity() -> str:
    """Return a machine-id that no other host has."""
    return secrets.token_hex(16)


def file_system(path: Path, mounts: str | None = None) -> str:
    """Return the type of the file system that `path` lies on, or would lie on; `mounts` is mountinfo's text."""
    text = Path("/proc/self/mountinfo").read_text() if mounts is None else mounts
    resolved, best, kind = path.resolve(), Path("/"), "unknown"
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        with suppress(IndexError):
            point = Path(left.split()[4].encode().decode("unicode_escape"))  # a blank is written as \040
            if resolved.is_relative_to(point) and len(point.parts) >= len(best.parts):
                best, kind = point, right.split()[0]
    return kind


def refuse_unsuitable_file_system(workspace: Workspace) -> None:
    """Raise InfraOpsError where the state directory cannot hold a host's writable layer."""
    kind = file_system(workspace.lab)
    if kind in UNSUITABLE or kind.startswith("fuse"):
        raise InfraOpsError(
            "making a lab host",
            f"the state directory {workspace.state} lies on a file system of type {kind}, "
            "which cannot be the upper layer of an overlay",
            "set XDG_STATE_HOME to a directory on a disk, a volume or a tmpfs (in a container, not its own root)",
        )


def ensure_login(workspace: Workspace) -> Login:
    """Return the checkout's key pair; make it the first time."""
    private = workspace.lab / "id_ed25519"
    with checkout_lock(workspace):
        if not private.exists() or not private.with_suffix(".pub").exists():
            making = private.with_name("new_id_ed25519")
            _make_key(making, f"infraops lab of {workspace.root.name}")
            making.with_suffix(".pub").replace(private.with_suffix(".pub"))
            making.replace(private)
    return Login(private, private.with_suffix(".pub").read_text().strip())


def prepare_layer(upper: Path, *, hostname: str, identity: str, address: str, login: Login) -> str:
    """Write the files that differ between hosts into a fresh upper layer; return the host's public key."""
    for directory in ("", "etc", "etc/ssh", "etc/ssh/authorized_keys"):
        (upper / directory).mkdir(mode=0o755, parents=True, exist_ok=True)
        (upper / directory).chmod(0o755)  # whatever our umask: these become the host's own directories
    key = upper / "etc/ssh/ssh_host_ed25519_key"
    _make_key(key, f"root@{hostname}")
    files = {
        "etc/hostname": f"{hostname}\n",
        "etc/machine-id": f"{identity}\n",
        "etc/hosts": f"127.0.0.1 localhost\n{address} {hostname}\n::1 localhost ip6-localhost ip6-loopback\n",
        "etc/resolv.conf": "# no network beyond the lab\n",
        "etc/ssh/authorized_keys/ops": f"{login.public_key}\n",
    }
    for name, text in files.items():
        (upper / name).write_text(text)
        (upper / name).chmod(0o644)
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def readdress(upper: Path, *, hostname: str, address: str) -> None:
    """Put a host's own address right in its /etc/hosts: the checkout's subnet may have had to change."""
    file = upper / "etc/hosts"
    with suppress(OSError):
        text = file.read_text()
        lines = [f"{address} {hostname}" if line.split()[1:] == [hostname] else line for line in text.splitlines()]
        if (changed := "\n".join(lines) + "\n") != text:
            file.write_text(changed)


def _make_key(path: Path, comment: str) -> None:
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    call("making an SSH key", ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])
