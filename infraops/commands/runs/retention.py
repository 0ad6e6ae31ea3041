"""Which directories of past runs stay: the newest, and those that anybody may still need."""

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infraops.commands.runs.verdicts import at_work
from infraops.errors import InfraOpsError
from infraops.ledger.ledger import Ledger

_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


def remove_old_runs(runs: Path, ledger: Ledger, *, keep: int, current: str) -> tuple[str, ...]:
    """Remove the directories of all runs but the newest `keep`; returns which could not be removed.

    The current run counts as the newest: the names of two that began within a second do not tell which was first. It
    stays, and each that holds a claim or may be at work. What is no run's directory is left alone, a link is not
    followed; below a `runs` that is itself reached by a link, nothing is removed.
    """
    if runs.resolve() != runs:
        return ()
    old = sorted(_directories(runs), key=lambda run: (run == current, run))[:-keep]
    if not old:
        return ()
    held = {owner.run for owner in ledger.claims.all().values()}
    stuck = []
    for run in old:
        if run not in held and not _may_be_at_work(run, ledger):
            shutil.rmtree(runs / run, ignore_errors=True)
            if (runs / run).exists():
                stuck.append(run)
    return tuple(stuck)


def _directories(runs: Path) -> Iterator[str]:
    for path in runs.iterdir():
        if _RUN.fullmatch(path.name) and not path.is_symlink() and path.is_dir():
            yield path.name


def _may_be_at_work(run: str, ledger: Ledger) -> bool:
    with suppress(InfraOpsError):  # a run that the ledger does not know is not at work
        return at_work(ledger.run(run)) is not False
    return False
