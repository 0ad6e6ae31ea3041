"""Settings of the whole test suite."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Server, a_server

# In CI a change is judged by the same examples every time; elsewhere new ones are looked for. Machines may be busy, so
# no example has a deadline, and it may take its time to think of one.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# A shell starts what it puts into the background with SIGINT ignored, and programs hand that down.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests on AWS: they wait for minutes, in which others go on."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/aws/"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own, for as long as they last."""
    with a_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _signals_as_they_were() -> Iterator[None]:
    """An interrupted run ignores signals to its end; the tests after it, and their children, must not."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler and threading.current_thread() is threading.main_thread():
            signal.signal(number, handler)
