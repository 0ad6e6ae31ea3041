"""`infraops ssh`: which host is meant, and how it is reached."""

import os
from pathlib import Path

import pytest

from infraops import processes
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.ssh import ssh_argv
from infraops.errors import UsageError
from infraops.models.plans.contract import Host
from tests.commands.applied import make_applied
from tests.commands.estate import surroundings
from tests.sshd import serving

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJcMKSyRLS1eYV4f+ioAXqgqOOUFmPZ2TKoXWaoWAAA"
HOSTS = (Host("storefront-app-01", "198.18.0.10", host_key=KEY), Host("storefront-app-02", "198.18.0.11", host_key=KEY))


def around(root: Path) -> Surroundings:
    return surroundings(root, root.parent / "home")


@pytest.fixture
def repo(tmp_path: Path) -> Surroundings:
    around_it = around(tmp_path / "my repo")
    stacks = {"lab/storefront": HOSTS, "lab/db": (Host("db-01", "198.18.0.12"),)}
    make_applied(tmp_path / "my repo", around_it.environ, stacks)
    return around_it


@pytest.mark.parametrize(
    "name", ["storefront-app-02", "lab/storefront-app-02", "lab-storefront-app-02", "lab/lab-storefront-app-02"]
)
def test_a_host_is_found_by_its_name_and_by_the_lab_s(repo: Surroundings, name: str) -> None:
    assert ssh_argv(None, name, repo, ("uptime",), say=print)[-2:] == ["root@198.18.0.11", "uptime"]


def test_a_stack_serves_for_its_only_host(repo: Surroundings) -> None:
    assert ssh_argv("lab", "db", repo, (), say=print)[-1] == "root@198.18.0.12"
    with pytest.raises(UsageError, match="storefront has 2 hosts"):
        ssh_argv("lab", "storefront", repo, (), say=print)


def test_a_host_without_a_key_of_ours_is_left_to_the_user_s_known_hosts(repo: Surroundings) -> None:
    assert not [
        word for word in ssh_argv("lab", "db-01", repo, (), say=print) if "KnownHosts" in word or "Strict" in word
    ]


def test_a_directory_with_blanks_in_its_name_holds_the_pinned_key(tmp_path: Path) -> None:
    (tmp_path / "sshd").mkdir()
    with serving(tmp_path / "sshd") as server:
        repo = around(tmp_path / 'my 100% "odd" repo')
        make_applied(repo.directory, repo.environ, {"lab/web": (server.host("web-01"),)})
        argv = ssh_argv(None, "web-01", repo, ("echo", "reached"), say=print)
        done = processes.run(["ssh", "-oBatchMode=yes", *argv[1:]], env={"PATH": os.environ["PATH"]}, timeout=30)
        assert done.stdout == "reached\n", done.stderr
