"""The ways to a host, from the shell: first use, a bastion, SSM; a playbook and `infraops ssh` take the same one."""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infraops import processes
from infraops.models.basics.workspace import workspace_of
from tests import forked
from tests.sshd import Sshd, serving

CATALOG = Path(__file__).parents[2] / "infraops" / "catalog"
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.raw: echo reached
      changed_when: false
"""
# Stands in for the AWS CLI and its plugin: notes what it is asked, and leads to the test's own SSH server.
AWS = """#!{python}
import json, os, pathlib, socket, sys, threading
asked = {{"words": sys.argv[1:], "profile": os.environ.get("AWS_PROFILE")}}
pathlib.Path({noted!r}).write_text(json.dumps(asked))
there = socket.create_connection(("127.0.0.1", {port}))
def out():
    while data := there.recv(65536):
        os.write(1, data)
    os._exit(0)
threading.Thread(target=out, daemon=True).start()
while data := os.read(0, 65536):
    there.sendall(data)
"""


@dataclass(frozen=True)
class Site:
    """A control repo with one machine that stands behind something, and the way to call infraops in it."""

    root: Path
    home: Path
    programs: Path
    target: Sshd
    bastion: Sshd

    @property
    def keys(self) -> Path:
        """Where keys that were accepted on first use are kept."""
        return workspace_of(self.root, self.environ).host_keys / "racks" / "web"

    @property
    def environ(self) -> dict[str, str]:
        path = f"{self.programs}:{os.environ['PATH']}"
        return {"HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8", "AWS_PROFILE": "my profile"}

    def machine(self, words: str | None = None, *, wait: str = "20s", **changes: Any) -> None:
        """Write the environment anew: how its machine is reached, by `words` for ssh."""
        own = {"ansible_ssh_private_key_file": str(self.target.user_key)}
        machine = {
            "address": "127.0.0.2",
            "port": self.target.port,
            "user": "root",
            "first_use": True,
            "vars": own if words is None else {**own, "ansible_ssh_common_args": words},
            **changes,
        }
        # The first host, which the template's check asks directly.
        near = {**machine, "address": "127.0.0.3", "port": self.target.port, "vars": own}
        document = {"schema": "infraops/v1", "name": "racks", "platform": "static", "ssh_wait": wait}
        text = json.dumps({**document, "hosts": {"web": {"near-01": near, "web-01": machine}}})
        write(self.root / "inventories/racks/environment.yaml", text)

    def run(self, *words: str, code: int = 0) -> str:
        """Run infraops; return all it said."""
        done = forked.infraops(*words, cwd=self.root, env=self.environ, timeout=180)
        assert done.returncode == code, done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())

    def change(self) -> None:
        """Change the playbook, so that the machine is to be configured again."""
        playbook = self.root / "playbooks/web.yml"
        playbook.write_text(playbook.read_text() + "    - ansible.builtin.raw: echo more\n")


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    if os.geteuid() != 0:
        pytest.skip("the servers let root in, who runs them")
    root = tmp_path / "my repo"
    write(root / "infraops.yaml", "schema: infraops/v1\n")
    write(root / "playbooks/web.yml", PLAYBOOK)
    blueprint = "schema: infraops/v1\nname: web\ntemplate: host-group@1.0\nowner: us\nenvironments: {racks: {}}\n"
    write(root / "blueprints/web.yaml", f"{blueprint}parameters: {{playbook: playbooks/web.yml}}\n")
    for name in ("home", "programs", "target", "bastion"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "target") as target, serving(tmp_path / "bastion") as bastion:
        yield Site(root, tmp_path / "home", tmp_path / "programs", target, bastion)


def accepted(said: str) -> list[str]:
    return re.findall(r"host web-01: key (SHA256:\S+) accepted on first use", said)


def test_the_key_that_a_host_shows_first_is_accepted_said_and_held_to(site: Site) -> None:
    site.machine()
    (shown,) = accepted(site.run("apply", "-e", "racks", "--yes"))
    host_key = site.target.user_key.with_name("host.pub")
    assert shown in processes.run(["ssh-keygen", "-l", "-f", str(host_key)]).stdout.split()
    site.change()
    assert not accepted(site.run("apply", "-e", "racks", "--yes"))
    assert "reached" in site.run("ssh", "web-01", "--", "echo", "reached")
    inventory = json.loads(site.run("inventory", "-e", "racks"))["all"]["hosts"]["web-01"]
    assert "StrictHostKeyChecking=yes" in str(inventory["ansible_ssh_common_args"])

    (file,) = (file for file in site.keys.glob("*.json") if "web-01" in file.read_text())
    other = site.bastion.host_key.rsplit(" ", 1)[0]
    file.write_text(json.dumps({**json.loads(file.read_text()), "key": other}))
    site.change()
    refused = site.run("apply", "-e", "racks", "--yes", code=1)
    assert not accepted(refused)
    assert "its host key is not the pinned one" in refused
    assert str(file) in refused
    site.run("ssh", "web-01", "--", "true", code=255)

    file.write_text(json.dumps({**json.loads(file.read_text()), "identity": "the machine before it"}))
    assert accepted(site.run("apply", "-e", "racks", "--yes")) == [shown]


def test_a_key_that_is_given_wins(site: Site) -> None:
    site.machine(host_key=site.bastion.host_key)
    said = site.run("apply", "-e", "racks", "--yes", code=1)
    assert "its host key is not the pinned one" in said
    assert not site.keys.exists()


def test_a_shell_comes_first_and_says_what_it_accepts(site: Site) -> None:
    site.machine()
    site.run("apply", "-e", "racks", "--yes")
    for file in site.keys.glob("*.json"):
        file.unlink()
    said = site.run("ssh", "web-01", "--", "echo", "reached")
    assert accepted(said)
    assert "reached" in said
    assert not accepted(site.run("ssh", "web-01", "--", "true"))


def test_a_playbook_and_a_shell_go_by_the_bastion(site: Site) -> None:
    """The bastion's key is known by the configuration that the jump reads, and nothing of ours is forced on it."""
    known, config = site.home / "known_hosts", site.home / "ssh_config"
    known.write_text(f"[127.0.0.1]:{site.bastion.port} {site.bastion.host_key}\n")
    config.write_text(
        f"Host gate\n  HostName 127.0.0.1\n  Port {site.bastion.port}\n  User root\n  UserKnownHostsFile {known}\n"
        f"  IdentityFile {site.bastion.user_key}\n  StrictHostKeyChecking yes\n"
    )
    log = site.bastion.user_key.with_name("log")
    site.machine(f"-F {shlex.quote(str(config))} -o ProxyJump=gate")
    before = log.read_text().count("Accepted publickey")
    assert accepted(site.run("apply", "-e", "racks", "--yes"))
    by_playbook = log.read_text().count("Accepted publickey")
    assert by_playbook >= before + 2, "the greeting and the playbook"
    assert "reached" in site.run("ssh", "web-01", "--", "echo", "reached")
    assert log.read_text().count("Accepted publickey") == by_playbook + 1


def test_a_bastion_that_nobody_knows_is_named(site: Site) -> None:
    site.machine(f"-o ProxyJump=root@127.0.0.1:{site.bastion.port}")
    said = site.run("apply", "-e", "racks", "--yes", code=1)
    assert f"the host key of the bastion root@127.0.0.1:{site.bastion.port} is not in your known_hosts" in said
    assert not accepted(said)


def test_a_host_behind_a_bastion_is_waited_for(site: Site) -> None:
    """The proxy fails twice, as one does whose host still boots; without waiting, Ansible would find it unreachable."""
    counted = site.home / "counted"
    proxy = site.programs / "slow-proxy"
    proxy.write_text(
        f'#!/bin/sh\necho x >> {counted}\n[ "$(wc -l < {counted})" -gt 2 ] || exit 1\n'
        f'exec {sys.executable} {site.programs / "aws"} "$@"\n'
    )
    proxy.chmod(0o755)
    stand_in(site)
    site.machine("-o ProxyCommand='slow-proxy %h %p'")
    assert accepted(site.run("apply", "-e", "racks", "--yes"))


def test_the_line_of_the_modules_leads_through_ssm(site: Site) -> None:
    """`aws` is a stand-in here: what is proven is that the words arrive as they should, with the caller's profile."""
    noted = stand_in(site)
    words = ssm_words("host-group")
    assert ssm_words("web-service") == words
    site.machine(words, address="i-0123456789abcdef0", port=22)
    expected = [
        *("ssm", "start-session", "--region", "eu-central-1", "--target", "i-0123456789abcdef0"),
        *("--document-name", "AWS-StartSSHSession", "--parameters", "portNumber=22"),
    ]
    assert accepted(site.run("apply", "-e", "racks", "--yes"))
    assert json.loads(noted.read_text()) == {"words": expected, "profile": "my profile"}
    noted.unlink()
    assert "reached" in site.run("ssh", "web-01", "--", "echo", "reached")
    assert json.loads(noted.read_text()) == {"words": expected, "profile": "my profile"}


def stand_in(site: Site) -> Path:
    noted = site.home / "asked.json"
    for name, text in (
        ("aws", AWS.format(python=sys.executable, noted=str(noted), port=site.target.port)),
        ("session-manager-plugin", "#!/bin/sh\nexit 1\n"),
    ):
        (site.programs / name).write_text(text)
        (site.programs / name).chmod(0o755)
    return noted


def ssm_words(template: str) -> str:
    """Return what a module joins to a line for ssh, with a region in it."""
    module = (CATALOG / template / "terraform/aws/outputs.tf").read_text()
    (pieces,) = re.findall(r'ssm = join\(" ", \[(.*?)\]\)', module, re.DOTALL)
    return " ".join(re.findall(r'"(.*)"', pieces)).replace("${data.aws_region.here.name}", "eu-central-1")
