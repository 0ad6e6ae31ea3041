"""Which AWS accounts an environment is bound to, and which of its providers are to none."""

from pathlib import Path
from typing import Any

import pytest

from infraops.models.files.environment import EnvironmentFile
from infraops.models.stacks.stack import Environment

BOUND = {"allowed_account_ids": ["222222222222", "111111111111"]}


@pytest.mark.parametrize(
    ("more", "accounts", "unbound"),
    [
        ({"platform": "aws"}, (), ("aws",)),
        ({"platform": "aws", "providers": {"aws": BOUND}}, ("111111111111", "222222222222"), ()),
        ({"platform": "aws", "providers": {"aws": BOUND, "aws.us": {}}}, ("111111111111", "222222222222"), ("aws.us",)),
        ({"platform": "aws", "providers": {"aws": {"allowed_account_ids": []}}}, (), ("aws",)),
        ({"platform": "aws", "providers": {"aws": {"forbidden_account_ids": ["1"]}}}, (), ("aws",)),
        ({"platform": "aws", "emulator": "http://127.0.0.1:5000"}, (), ()),
        ({"platform": "lab"}, (), ()),
        ({"platform": "lab", "providers": {"awscc": {}, "aws.logs": {}}}, (), ("aws.logs",)),
    ],
)
def test_an_account_is_bound_or_not(more: dict[str, Any], accounts: tuple[str, ...], unbound: tuple[str, ...]) -> None:
    file = EnvironmentFile.model_validate({"schema": "infraops/v1", "name": "production", **more})
    environment = Environment(file, Path("inventories/production"))
    assert (environment.accounts, environment.unbound) == (accounts, unbound)
