"""The demo's time, divided between the tools (Terraform, Ansible, what they install) and infraops itself."""

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.measuring import CannotMeasure, Finding, Series, carry_out
from benchmarks.places import CHECKOUT, INFRAOPS, environ
from infraops.ledger import open_ledger
from infraops.models.ledger.entries import Entry
from infraops.models.ledger.stations import ChildEnded, ChildStarted, StationEnded
from infraops.processes import run

DRIVER = "INFRAOPS_LAB_DRIVER"  # how lab hosts are made: the operator's choice counts here too
REPO = ("infraops.yaml", "blueprints", "inventories", "playbooks", "catalog", "policies")


def measure(environment: str) -> Finding:
    """Apply the reference repo in a copy of it, read where the time went from the run's ledger, and destroy it.

    The copy has a lab of its own; the cache with the lab's base is the user's, because making one takes half a minute.
    """
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        root = Path(directory)
        repo = root / "demo"
        _copy(repo)
        driver = {DRIVER: os.environ[DRIVER]} if DRIVER in os.environ else {}
        env = environ(root / "home", XDG_CACHE_HOME=_cache(), **driver)
        chosen = ["-e", environment, "--yes", "--quiet"]
        try:
            wall = carry_out([INFRAOPS, "apply", *chosen], cwd=repo, env=env).seconds
            entries = entries_below(root / "home" / "state")
        except BaseException:
            run([INFRAOPS, "destroy", *chosen], cwd=repo, env=env)  # what stopped the apply is what matters
            raise
        carry_out([INFRAOPS, "destroy", *chosen], cwd=repo, env=env)
    return _finding(environment, wall, entries)


def _copy(repo: Path) -> None:
    repo.mkdir()
    for name in REPO:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, repo / name)
        elif source.exists():
            shutil.copy(source, repo / name)
    for blueprint in (repo / "blueprints").rglob("*.yaml"):
        text = blueprint.read_text()
        if "allow_destroy:" not in text:  # the copy goes when it is measured, its databases too
            blueprint.write_text(f"{text}allow_destroy: true\n")


def _cache() -> str:
    return os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")


def entries_below(state: Path) -> tuple[Entry, ...]:
    """Return what the only run recorded, in the only ledger below a state directory."""
    found = list(state.rglob("ledger.sqlite3"))
    if len(found) != 1:
        raise CannotMeasure(f"{len(found)} ledgers below the run's state directory")
    with open_ledger(found[0]) as ledger:
        (applied,) = ledger.runs()
        return ledger.entries(run=applied.id)


def _finding(environment: str, wall: float, entries: Sequence[Entry]) -> Finding:
    inside = covered(tool_times(entries))
    own = wall - inside
    by_station: dict[str, float] = defaultdict(float)
    for entry in entries:
        if isinstance(entry.payload, StationEnded):
            by_station[entry.payload.station] += entry.payload.seconds
    stations = ", ".join(f"{station} {seconds:.1f} s" for station, seconds in by_station.items())
    stacks = len({entry.stack for entry in entries if entry.stack})
    return Finding(
        f"The demo: `apply -e {environment}`, {stacks} stacks",
        f"infraops itself: {own:.1f} s of {wall:.1f} s ({100 * own / wall:.0f} %)",
        series=(
            Series("wall time", (wall,)),
            Series("while Terraform or Ansible was at work", (inside,)),
            Series("infraops alone", (own,)),
        ),
        notes=(
            *([f"{DRIVER}={os.environ[DRIVER]}"] if DRIVER in os.environ else []),
            f"Seconds by station, summed over stacks (they overlap): {stations}.",
            "A tool counts as at work until its end was recorded; where no end was, until the stack's next tool or the "
            "end of the station. Packages are installed by Ansible and count as its work.",
        ),
    )


def tool_times(entries: Sequence[Entry]) -> list[tuple[float, float]]:
    """Read from when to when foreign programs were at work, in seconds since the epoch."""
    times: list[tuple[float, float]] = []
    open_at: dict[str | None, float] = {}
    for entry in entries:
        match entry.payload:
            case ChildStarted():
                if (since := open_at.get(entry.stack)) is not None:
                    times.append((since, entry.at.timestamp()))
                open_at[entry.stack] = entry.at.timestamp()
            case ChildEnded() | StationEnded() if entry.stack in open_at:
                times.append((open_at.pop(entry.stack), entry.at.timestamp()))
    return times


def covered(times: Iterable[tuple[float, float]]) -> float:
    """Sum up stretches of time, what overlaps once."""
    total, until = 0.0, float("-inf")
    for begun, ended in sorted(times):
        total += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return total
