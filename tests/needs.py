"""What a test does where the machine lacks something: say so and skip, or fail where all must be tried."""

import os
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skip the test; with INFRAOPS_TEST_LAB=required (as in CI) fail it, so that nothing important goes untried."""
    if os.environ.get("INFRAOPS_TEST_LAB") == "required":
        pytest.fail(f"nothing may be skipped here, but {reason}")
    pytest.skip(reason)
