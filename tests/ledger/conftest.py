from collections.abc import Iterator
from pathlib import Path

import pytest

from infraops.ledger import Ledger, open_ledger
from tests.ledger.places import InFile, OnServer, Place
from tests.ledger.trees import opened
from tests.postgres import Server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an SQLite ledger will be."""
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture(scope="session")
def empty_ledger(postgres: Server) -> Iterator[str]:
    """A database with an empty ledger, to copy: copying is quicker than migrating."""
    with postgres.database("empty_ledger") as name:
        open_ledger(postgres.url(name)).close()
        yield name


@pytest.fixture
def on_server(postgres: Server, empty_ledger: str) -> Iterator[OnServer]:
    """A ledger in PostgreSQL."""
    with postgres.database("ledger", template=empty_ledger) as name:
        yield OnServer(postgres, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, path: Path) -> Place:
    """A place for a ledger in each kind of database; in PostgreSQL, it is there already."""
    if request.param == "sqlite":
        return InFile(path)
    found: OnServer = request.getfixturevalue("on_server")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_place(request: pytest.FixtureRequest, path: Path) -> Iterator[Place]:
    """A place where no ledger was made yet."""
    if request.param == "sqlite":
        yield InFile(path)
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database("bare") as name:
        yield OnServer(server, name)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with opened(place.location) as ledger:
        yield ledger
