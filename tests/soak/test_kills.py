"""Kills at fixed instants of a real apply on the lab; `make soak` tries random ones, half an hour long."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.lab import boot
from infraops.lab.base import ensure_base
from infraops.models.basics.workspace import workspace_of
from tests.needs import lacking
from tests.soak.estate import Estate, at_work, complaints, is_working_at, kill, make_estate, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.slow]

IN_THE_MIDDLE = 0.3  # seconds after a tool was started


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    if os.geteuid() != 0:
        lacking("lab hosts with systemd need root")
    try:
        boot.choose_driver(os.environ)
        ensure_base(workspace_of(Path.cwd(), os.environ).cache, os.environ)
    except InfraOpsError as error:
        lacking(str(error))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    made = make_estate(tmp_path_factory.mktemp("kills"), cache)
    yield made
    made.run("destroy", "-e", "lab", "--yes")


def lose_a_stack(estate: Estate) -> None:
    estate.run("destroy", "back", "-e", "lab", "--yes")


def change_the_playbook(estate: Estate) -> None:
    with (estate.root / "playbooks/mark.yml").open("a") as file:
        file.write("# changed\n")


# One after the other on one estate: each has as much to do as its station needs.
ROUNDS: dict[str, tuple[Callable[[Estate], None], str, str, bool]] = {
    "Terraform makes the first hosts, all are killed": (lambda estate: None, "provision", "embedded", True),
    "Ansible is on the hosts, infraops is killed": (change_the_playbook, "configure", "ansible-playbook", False),
    "Terraform makes a host, infraops is killed": (lose_a_stack, "provision", "embedded", False),
}


@pytest.mark.parametrize("instant", ROUNDS)
def test_a_run_killed_at_work_is_resumed_and_nothing_is_lost(estate: Estate, instant: str) -> None:
    prepare, station, tool, tree = ROUNDS[instant]
    prepare(estate)
    process = estate.start("apply", "-e", "lab", "--yes")
    wait_for(lambda: is_working_at(estate, station) or process.poll() is not None)
    time.sleep(IN_THE_MIDDLE)
    assert process.poll() is None, process.communicate()[0]
    kill(process, tree=tree)
    was = at_work(estate)
    assert station in was["stations"] and tool in was["tools"], was
    estate.run("resume", "--yes")
    assert complaints(estate) == []
