"""What a review costs beyond Terraform: of two hundred stacks to which something would happen."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.demo import entries_below
from benchmarks.levels import tool_seconds
from benchmarks.measuring import Finding, Series, carry_out
from benchmarks.places import INFRAOPS, environ
from benchmarks.trees import control_repo

STACKS, AT_ONCE, AIM = 200, 2, 3.0
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org")


def measure(rounds: int) -> tuple[Finding, ...]:
    """Review an estate that was never applied, where nobody has to approve anything and where somebody has to."""
    return tuple(_measured(rounds, approvals=approvals) for approvals in (False, True))


def _measured(rounds: int, *, approvals: bool) -> Finding:
    walls, beyond = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
            repo, home = Path(directory) / "repo", Path(directory) / "home"
            control_repo(repo, stacks=STACKS, program="embedded")
            if approvals:
                _demand_approvals(repo)
            argv = [INFRAOPS, "review", "-e", "local", "--quiet", "--parallelism", str(AT_ONCE)]
            wall = carry_out(argv, cwd=repo, env=environ(home)).seconds
            tools = sum(tool_seconds(entries_below(home / "state")).values()) / AT_ONCE
        walls.append(wall)
        beyond.append(wall - tools)
    series = (Series("wall time", tuple(walls)), Series("beyond Terraform's own time", tuple(beyond)))
    found = series[1].median
    where = "where changes need approvals" if approvals else "where they need none"
    note = f"Terraform's time is the sum over the stacks, divided by the {AT_ONCE} at once."
    return Finding(
        f"review of {STACKS} changed stacks, {where}", f"{found:.1f} s", f"≤ {AIM:.0f} s", found <= AIM, series, (note,)
    )


def _demand_approvals(repo: Path) -> None:
    """Demand approvals on a branch that the review takes for the protected one."""
    file = repo / "inventories/local/environment.yaml"
    file.write_text(f"{file.read_text()}\nchange: {{approval: {{}}}}\n")
    settings = repo / "infraops.yaml"
    settings.write_text(f"{settings.read_text()}\nchange: {{base: main}}\n")
    (repo / "allowed_signers").touch()
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "estate")):
        subprocess.run([*_GIT, *words], cwd=repo, check=True, capture_output=True)
