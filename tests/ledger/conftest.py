from collections.abc import Iterator
from pathlib import Path

import pytest

from infraops.ledger import Ledger
from tests.ledger.trees import opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with opened(path) as ledger:
        yield ledger
