"""Which SSH key somebody signs with, and whether the protected branch lets him."""

from pathlib import Path

from infraops.commands.context.surroundings import Surroundings
from infraops.errors import NotApproved, UsageError
from infraops.models.stacks.protected import Protected
from infraops.tools.git.repositories import signing_key
from infraops.tools.signatures import Unsigned, signer_of

_KEYS = ("id_ed25519", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk", "id_rsa")


def key_of(root: Path, named: Path | None, surroundings: Surroundings) -> Path:
    """Return the key that was named, else the one that git signs with, else the user's own.

    Raises UsageError where there is none.
    """
    key = _chosen(root, named, surroundings)
    if not key.is_file():
        hint = "name another by --key; ssh-keygen -t ed25519 makes one"
        raise UsageError("choosing a key", f"there is no file {key}", hint)
    return key


def _chosen(root: Path, named: Path | None, surroundings: Surroundings) -> Path:
    home = Path(surroundings.environ.get("HOME") or "/root")
    if named is not None:
        return surroundings.directory / named.expanduser()
    configured = signing_key(root)
    if configured:
        return Path(configured.replace("~", str(home), 1))
    found = next((home / ".ssh" / name for name in _KEYS if (home / ".ssh" / name).is_file()), None)
    if found is None:
        problem = "there is no SSH key to sign with: git has no user.signingkey, and ~/.ssh no key"
        raise UsageError("choosing a key", problem, "name one by --key; ssh-keygen -t ed25519 makes one")
    return found


def signer_now(
    text: str,
    signature: str,
    protected: Protected,
    surroundings: Surroundings,
    *,
    namespace: str,
    doing: str,
    key: Path | None = None,
) -> str:
    """Return whose signature this is; raises NotApproved where it is of nobody who may sign now.

    That names the `key`, where it was made just now.
    """
    environ, now = surroundings.environ, surroundings.now()
    try:
        return signer_of(text, signature, protected, namespace=namespace, environ=environ, at=now)
    except Unsigned as error:
        hint = f"{protected.people.signers} on {protected.branch} says who may sign"
        by = f"signed with {key}: " if key is not None else ""
        raise NotApproved(doing, f"{by}{error}", hint) from error
