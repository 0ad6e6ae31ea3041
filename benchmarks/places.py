"""Where a benchmark runs: the program under test, a private state directory, and the Terraform of both sides."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
INFRAOPS = str(Path(sys.executable).parent / "infraops")


def environ(home: Path, **more: str) -> dict[str, str]:
    """Give an environment in which nothing of the user's is read or written; caches included."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {
        "PATH": path,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        **more,
    }


@dataclass(frozen=True)
class TerraformProgram:
    """A Terraform that both sides run: what a reader calls it, as `infraops.yaml` pins it, and as a shell calls it."""

    title: str
    pin: str
    shell: str


def terraform_programs() -> tuple[TerraformProgram, ...]:
    """Return the embedded one, and the machine's own where there is one."""
    embedded = TerraformProgram(
        "embedded Terraform", "embedded", f"{PYTHON} -m infraops.tools.terraform.program.embedded"
    )
    found = shutil.which("terraform") or shutil.which("tofu")
    return (embedded, TerraformProgram("the machine's Terraform", found, found)) if found else (embedded,)
