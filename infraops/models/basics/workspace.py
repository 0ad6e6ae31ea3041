"""Where the files of one checkout live: in it, in the user's state directory and in the user's cache."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """The directories of one control repo's checkout. Only names; nothing is made or read here."""

    root: Path  # the checkout, resolved
    state: Path  # $XDG_STATE_HOME/infraops/<key>: Terraform state, ledger, generated secrets, lab hosts
    cache: Path  # $XDG_CACHE_HOME/infraops: base layers, provider plugins; may be deleted at any time

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that stand for this checkout's path."""
        return checkout_key(self.root)

    @property
    def scratch(self) -> Path:
        """`.infraops/`: rendered stacks, run directories; never committed."""
        return self.root / ".infraops"

    @property
    def stacks(self) -> Path:
        """Rendered stacks, `<environment>/<blueprint>/` below."""
        return self.scratch / "stacks"

    @property
    def runs(self) -> Path:
        """Logs and work files of runs, `<run id>/` below."""
        return self.scratch / "runs"

    @property
    def composed(self) -> Path:
        """This checkout's blueprints as they were read last; in the cache, as a checkout may be another's work."""
        return self.cache / "composed" / self.key

    @property
    def terraform_state(self) -> Path:
        """Local Terraform state, `<environment>/<blueprint>.tfstate` below."""
        return self.state / "terraform"

    @property
    def secrets(self) -> Path:
        """Generated secrets, mode 0600."""
        return self.state / "secrets"

    @property
    def host_keys(self) -> Path:
        """Host keys that were accepted on first use, `<environment>/<blueprint>/` below."""
        return self.state / "host_keys"

    @property
    def lab(self) -> Path:
        """Records and writable layers of lab hosts."""
        return self.state / "lab"


def checkout_key(root: Path) -> str:
    """Return the eight hexadecimal digits that stand for the checkout at `root` (resolved by the caller)."""
    return hashlib.sha256(str(root).encode()).hexdigest()[:8]


def workspace_of(root: Path, environ: Mapping[str, str]) -> Workspace:
    """Name the directories of the checkout at `root` by the XDG rules, with `environ` as the environment."""
    resolved = root.resolve()
    home = Path(environ.get("HOME") or "/root")
    state_home = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    cache_home = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    return Workspace(
        root=resolved,
        state=state_home / "infraops" / f"{resolved.name}-{checkout_key(resolved)}",
        cache=cache_home / "infraops",
    )
