"""What an operator is told when a check fails: how long it was tried, and where to look."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infraops.models.plans.contract import Host, Outputs
from infraops.models.runs.run import Failure
from infraops.processes import Children
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Tools
from infraops.stations.verify import verify
from tests.ports import nobody_listening, port_of
from tests.render.stacks import make_stack, make_template

HOSTS = (Host("app-01", "127.0.0.2"), Host("app-02", "127.0.0.3"), Host("lb", "127.0.0.1"))


def failure_of(root: Path, outputs: Outputs, checks: list[Mapping[str, Any]]) -> Failure:
    tools = SimpleNamespace(
        children=Children(), environ={}, workspace=SimpleNamespace(root=root), report=lambda event: None
    )
    stack = make_stack(root, make_template(root, "", checks=checks), blueprint="storefront")
    failure = verify(Job(stack, root, outputs=outputs), cast(Tools, tools)).failure
    assert failure is not None
    return failure


@pytest.fixture
def port() -> Iterator[int]:
    with nobody_listening() as held:
        yield port_of(held)


def check(endpoint: str, deadline: str = "100ms") -> Mapping[str, Any]:
    return {"type": "tcp", "name": f"{endpoint} answers", "endpoint": endpoint, "deadline": deadline}


def test_the_host_that_the_failed_check_asks_is_named(tmp_path: Path, port: int) -> None:
    endpoints = {"web": f"tcp://127.0.0.1:{port}", "app": f"tcp://127.0.0.3:{port}"}
    told = failure_of(tmp_path, Outputs(HOSTS, endpoints), [check("web")])
    assert told.hint == "look at a host with `infraops ssh -e lab lb`, then apply again"
    assert "`infraops ssh -e lab app-02`" in failure_of(tmp_path, Outputs(HOSTS, endpoints), [check("app")]).hint


def test_any_host_is_named_where_no_one_knows_which_is_asked(tmp_path: Path, port: int) -> None:
    outputs = Outputs(HOSTS, {"web": f"tcp://localhost:{port}"})
    assert "`infraops ssh -e lab app-01`" in failure_of(tmp_path, outputs, [check("web")]).hint
    assert "`infraops ssh -e lab app-01`" in failure_of(tmp_path, outputs, [check("absent")]).hint


def test_this_machine_is_not_reached_by_ssh(tmp_path: Path, port: int) -> None:
    outputs = Outputs((Host("here", "127.0.0.1", connection="local"),), {"web": f"tcp://127.0.0.1:{port}"})
    told = failure_of(tmp_path, outputs, [check("web")])
    assert "ssh" not in told.hint
    assert "`infraops logs --stack storefront`" in told.hint


def test_it_is_said_how_long_was_tried(tmp_path: Path, port: int) -> None:
    outputs = Outputs(HOSTS, {"web": f"tcp://127.0.0.1:{port}"})
    assert re.search(r", tried for \d+ s$", failure_of(tmp_path, outputs, [check("web", "1100ms")]).problem)
    assert "tried" not in failure_of(tmp_path, outputs, [check("absent")]).problem
