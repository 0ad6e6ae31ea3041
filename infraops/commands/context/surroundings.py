"""What the door hands to a command: where it was called, how it may speak, and its living children."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infraops.controlrepo.documents.composed import Composed, read_rows, write_rows
from infraops.controlrepo.files.find import find_root
from infraops.controlrepo.load import load
from infraops.models.basics.workspace import Workspace, workspace_of
from infraops.models.runs.events import Report, Said
from infraops.models.runs.run import RunResult
from infraops.models.stacks.repo import ControlRepo
from infraops.processes import Children
from infraops.stations.bench.job import Ask
from infraops.tools.files import write_file

BUILT_IN_CATALOG = Path(__file__).resolve().parents[2] / "catalog"


@dataclass(frozen=True)
class Surroundings:
    """The outside world of one command."""

    directory: Path
    environ: Mapping[str, str]
    report: Report
    ask: Ask
    children: Children = field(default_factory=Children)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    again: tuple[str, ...] = ()  # the command line that would call this command again
    become: Callable[[list[str]], None] = lambda argv: None  # gives this process up for another program
    report_files: Callable[[RunResult], Mapping[str, bytes]] = lambda result: {}  # what a run leaves, by name of file
    notice: Callable[[RunResult], bytes] = lambda result: b""  # what others are told of a run
    edited: Mapping[str, str] = field(default_factory=dict)  # texts of blueprints that are looked at instead of files


@dataclass(frozen=True)
class OpenRepo:
    """A control repo that was found and read, and the directories of its checkout."""

    repo: ControlRepo
    workspace: Workspace


def teller(surroundings: Surroundings, whole: str = "lab") -> Callable[[str], None]:
    """Return what tells the operator a line about the lab, or another thing, as a whole."""
    return lambda text: surroundings.report(Said(whole, "", text, important=True))


def open_repo(surroundings: Surroundings) -> OpenRepo:
    """Find and read the control repo around the directory; raises UsageError and InvalidInput."""
    root = find_root(surroundings.directory)
    workspace = workspace_of(root, surroundings.environ)
    known = read_rows(workspace.composed)
    repo = load(root, built_in=BUILT_IN_CATALOG, composed=Composed(known), edited=surroundings.edited)
    if repo.composed.keys() != known.keys():
        with suppress(OSError):  # it would only have saved the next command some time
            write_file(workspace.composed, write_rows(repo.composed), mode=0o600)
    return OpenRepo(repo, workspace)
