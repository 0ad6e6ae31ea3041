"""An inventory serves Ansible's own programs as it stands: it carries the pinned host keys."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from infraops import processes
from infraops.cli import run
from infraops.models.plans.contract import Host
from tests.commands.applied import make_applied
from tests.sshd import serving

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJcMKSyRLS1eYV4f+ioAXqgqOOUFmPZ2TKoXWaoWAAA"
AWKWARD = 'my 100% "odd" repo'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "INFRAOPS_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def inventory(root: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["inventory", "-C", str(root), *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def words(variables: dict[str, Any]) -> list[str]:
    return shlex.split(variables["ansible_ssh_common_args"]["__ansible_unsafe"])


def test_every_form_carries_the_pinned_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hosts = (
        Host("web-01", "198.18.0.10", host_key=KEY),
        Host("web-02", "198.18.0.11", 2222, host_key=KEY, vars={"ansible_ssh_common_args": "-J 'a bastion'"}),
        Host("web-03", "198.18.0.12"),
        Host("web-04", "127.0.0.1", connection="local", host_key=KEY),
    )
    root = make_applied(tmp_path / "a repo", os.environ, {"lab/web": hosts})
    as_file = inventory(root, capsys)["all"]["hosts"]
    as_script = inventory(root, capsys, "--list")["_meta"]["hostvars"]
    for name in ("web-01", "web-02", "web-03", "web-04"):
        assert as_file[name] == as_script[name] == inventory(root, capsys, "--host", name)
    file = root / ".infraops" / "known_hosts" / "lab" / "web"
    assert f'-oUserKnownHostsFile="{file}"' in words(as_file["web-01"])
    assert "-oStrictHostKeyChecking=yes" in words(as_file["web-01"])
    assert words(as_file["web-02"])[:2] == ["-J", "a bastion"]
    assert words(as_file["web-02"])[2:] == words(as_file["web-01"])
    assert "ansible_ssh_common_args" not in as_file["web-03"], "the user's own known_hosts files know it, or nobody"
    assert "ansible_ssh_common_args" not in as_file["web-04"]
    assert file.read_text() == f"198.18.0.10 {KEY}\n[198.18.0.11]:2222 {KEY}\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_hosts_of_one_name_in_two_environments_keep_their_own_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = {
        f"{environment}/web": (Host("web-01", address, host_key=KEY),)
        for environment, address in (("lab", "198.18.0.10"), ("test", "198.18.0.20"))
    }
    root = make_applied(tmp_path / "repo", os.environ, stacks)
    files = [words(inventory(root, capsys, "-e", each)["all"]["hosts"]["web-01"])[0] for each in ("lab", "test")]
    assert len(set(files)) == 2
    assert (root / ".infraops/known_hosts/lab/web").read_text().startswith("198.18.0.10 ")
    assert (root / ".infraops/known_hosts/test/web").read_text().startswith("198.18.0.20 ")


def test_ansible_reaches_the_hosts_from_a_directory_with_an_awkward_name(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sshd").mkdir()
    with serving(tmp_path / "sshd") as server:
        root = make_applied(tmp_path / AWKWARD, os.environ, {"lab/web": (server.host("web-01", groups=("app",)),)})
        listed = tmp_path / "lab.json"
        listed.write_text(json.dumps(inventory(root, capsys)))
        ping = [str(Path(sys.executable).parent / "ansible"), "-i", str(listed), "app", "-m", "ansible.builtin.raw"]
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "ANSIBLE_SSH_ARGS": "-oControlMaster=no",
        }
        done = processes.run([*ping, "-a", "echo reached"], env=environ, timeout=60)
        assert done.exit_code == 0, done.stdout + done.stderr
        assert "reached" in done.stdout
        pinned = root / ".infraops/known_hosts/lab/web"
        pinned.write_text(pinned.read_text().split(" ")[0] + f" {KEY}\n")
        assert processes.run([*ping, "-a", "echo reached"], env=environ, timeout=60).exit_code != 0
