"""What the tests of platform aws share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.emulator import Emulator, an_emulator
from tests.aws.estate import Estate, an_estate


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """An AWS that holds nothing yet, of this test alone."""
    with an_emulator(tmp_path) as running:
        yield running


@pytest.fixture
def estate(tmp_path: Path, emulator: Emulator) -> Estate:
    """A control repo with two environments, in two regions, and no blueprint."""
    return an_estate(tmp_path, emulator)
