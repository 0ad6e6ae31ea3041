"""Opening what only some commands need: the lab's namespaces and the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infraops.commands.context.surroundings import OpenRepo, Surroundings, teller
from infraops.lab.rootless import enter_argv, is_needed
from infraops.ledger.ledger import Ledger
from infraops.ledger.open import open_ledger


def enter_lab(opened: OpenRepo, surroundings: Surroundings) -> None:
    """Go on inside the lab's namespaces, where the hosts of a plain user live; root's are at hand everywhere."""
    if is_needed():
        argv = enter_argv(opened.workspace, surroundings.again, surroundings.environ, teller(surroundings))
        surroundings.become(argv)


@contextmanager
def open_repo_ledger(opened: OpenRepo, surroundings: Surroundings) -> Iterator[Ledger]:
    """Open the ledger that the repo's settings name, by default the SQLite file in the state directory.

    A relative path begins at the control repo, wherever the command was called.
    """
    location: str | Path = opened.repo.settings.ledger or opened.workspace.state / "ledger.sqlite3"
    if "://" not in str(location):
        location = opened.workspace.root / location
    ledger = open_ledger(location, clock=surroundings.now, tell=teller(surroundings, "ledger"))
    try:
        yield ledger
    finally:
        ledger.close()
