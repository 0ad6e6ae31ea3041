"""The checkout that a provider process works for, found from where Terraform started it."""

import sys
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from infraops.errors import InfraOpsError, Interrupted
from infraops.models.basics.workspace import Workspace, workspace_of

SETTINGS = "infraops.yaml"


class Checkout:
    """The checkout around Terraform's working directory; `stopping` is set when Terraform wants to stop."""

    def __init__(self, environ: Mapping[str, str], directory: Path, stopping: threading.Event) -> None:
        self.environ = environ
        self.directory = directory
        self.stopping = stopping

    @cached_property
    def workspace(self) -> Workspace:
        """The checkout's directories; raises InfraOpsError where there is no control repo."""
        return workspace_of(find_root(self.environ, self.directory), self.environ)

    @property
    def made_by(self) -> str:
        """Where Terraform works, as messages name it."""
        root, here = self.workspace.root, self.directory.resolve()
        return str(here.relative_to(root) if here.is_relative_to(root) else here)

    def progress(self, text: str) -> None:
        """Log a step that takes long; stop there if Terraform was interrupted."""
        sys.stderr.write(f"{text}\n")
        if self.stopping.is_set():
            raise Interrupted("making a lab host", "interrupted before the host was begun", "run the command again")


def find_root(environ: Mapping[str, str], directory: Path) -> Path:
    """Return INFRAOPS_ROOT, or the nearest directory at or above `directory` that holds infraops.yaml."""
    if given := environ.get("INFRAOPS_ROOT"):
        return Path(given)
    for candidate in (directory, *directory.parents):
        if (candidate / SETTINGS).is_file():
            return candidate
    raise InfraOpsError(
        "configuring the lab's provider",
        f"neither {directory} nor a directory above it holds {SETTINGS}",
        "run Terraform inside the control repo, or set INFRAOPS_ROOT to it",
    )
