from collections.abc import Iterator

import pytest

from tests.lifecycle.nursery import Nursery, a_nursery


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    """A process that has infraops loaded, to fork runs from."""
    with a_nursery() as made:
        yield made
