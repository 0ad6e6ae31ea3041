"""`infraops logs`: what every tool said in a run, stack by stack."""

from pathlib import Path

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.errors import UsageError
from infraops.models.reports.answers import RunLogs


def logs(surroundings: Surroundings, *, run: str | None = None, stack: str | None = None) -> RunLogs:
    """Return the logs of a run (by default the newest that has some), of all its stacks or of one."""
    opened = open_repo(surroundings)
    directories = sorted(opened.workspace.runs.glob("*/"), key=_when) if opened.workspace.runs.is_dir() else []
    matching = [each for each in directories if each.name.startswith(run or "") and any(each.glob("*.log"))]
    if not matching:
        problem = f'no run "{run}" has logs here' if run else "no run has logs here"
        raise UsageError("reading logs", problem, "`infraops history` lists the runs")
    if run is not None and len(matching) > 1:
        raise UsageError("reading logs", f'"{run}" means several runs', ", ".join(each.name for each in matching))
    chosen = matching[-1]
    files = {file.stem: file for file in sorted(chosen.glob("*.log"))}
    wanted = None if stack is None else stack.replace("/", "-")
    picked = {
        name: file for name, file in files.items() if wanted is None or name == wanted or name.endswith(f"-{wanted}")
    }
    if not picked:
        raise UsageError("reading logs", f'run {chosen.name} has no stack "{stack}"', f"it has: {', '.join(files)}")
    return RunLogs(chosen.name, {name: file.read_text(encoding="utf-8") for name, file in picked.items()})


def _when(directory: Path) -> tuple[str, int]:
    """Order runs by their time: of two that began within a second, the names do not tell which was first."""
    return directory.name.rpartition("-")[0], directory.stat().st_mtime_ns
