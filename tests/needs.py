"""What a test does where the machine lacks something: say so and skip, or fail where the lab is required."""

import os
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skip the test; with INFRAOPS_TEST_LAB=required (as in CI) fail it, so that nothing important goes untried."""
    if os.environ.get("INFRAOPS_TEST_LAB") == "required":
        pytest.fail(f"the lab is required here, but {reason}")
    pytest.skip(reason)
