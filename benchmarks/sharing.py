"""Configuring stacks of a shareable template, against one bare `ansible-playbook` over the same hosts."""

import json
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import CannotMeasure, Finding, Series, carry_out, in_turn, ratio
from benchmarks.places import INFRAOPS, environ
from benchmarks.shared_hosts import HOSTS, bare_files, control_repo_files, write
from infraops.processes import end, start_detached

AIM = 1.3
AT_ONCE = 2
_PROGRAMS = "/usr/sbin:/usr/local/sbin:/sbin"
_SEPARATION = Path("/run/sshd")  # where sshd as root insists on having a directory


def measure(rounds: int) -> tuple[Finding, ...]:
    """Configure the hosts anew in each round, both ways; once more without sharing, for what it saves."""
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory, _sshd(Path(directory)) as reach:
        hosts = _Hosts(Path(directory), reach)
        shared, bare = in_turn(rounds, {"infraops, shareable": hosts.with_infraops, "ansible-playbook": hosts.bare})
        runs = hosts.ansible_runs()
        hosts.stop_sharing()
        alone = Series("infraops, a run each", (hosts.with_infraops(),))
    found = ratio(shared, bare)
    return (
        Finding(
            f"configuring {HOSTS} one-host `shareable` stacks, {AT_ONCE} at once",
            f"{found:.2f}× one ansible-playbook over the same hosts; {alone.median / bare.median:.2f}× without sharing",
            f"≤ {AIM}×",
            found <= AIM,
            (shared, bare, alone),
            (f"{runs} Ansible runs in the last round. Counted from the first start of configure to its last end.",),
        ),
    )


@dataclass(frozen=True)
class Reach:
    """How the server that stands for all hosts is reached."""

    port: int
    host_key: str
    user_key: Path


class _Hosts:
    def __init__(self, directory: Path, reach: Reach) -> None:
        self._directory, self._repo = directory, directory / "repo"
        self._env = environ(directory / "home")
        self._round = 0
        write(self._repo, control_repo_files(reach.port, reach.host_key, reach.user_key, self._target))
        write(directory / "bare", bare_files(reach.port, reach.host_key, reach.user_key, self._target))
        self._infraops("apply", "-e", "local", "--yes", "--until", "provision")

    @property
    def _target(self) -> Path:
        return self._directory / "target"

    def with_infraops(self) -> float:
        """Apply with hosts that lack evidence, and return the seconds of the station configure, over all stacks."""
        self._renew()
        self._infraops("apply", "-e", "local", "--yes", "--parallelism", str(AT_ONCE))
        self._must_be_configured()
        times = [
            datetime.fromisoformat(entry["at"])
            for entry in self._entries()
            if entry["kind"] in ("station_started", "station_ended") and entry["payload"]["station"] == "configure"
        ]
        return (max(times) - min(times)).total_seconds()

    def bare(self) -> float:
        """Run the playbook on all hosts with the same settings."""
        self._renew()
        argv = ["ansible-playbook", "-i", "hosts.json", "playbook.yml"]
        env = {**self._env, "ANSIBLE_CONFIG": "ansible.cfg", "LC_ALL": "C.UTF-8"}
        seconds = carry_out(argv, cwd=self._directory / "bare", env=env).seconds
        self._must_be_configured()
        return seconds

    def stop_sharing(self) -> None:
        """Take the word out of the template."""
        template = self._repo / "catalog" / "page" / "template.yaml"
        template.write_text(template.read_text().replace("shareable: true\n", ""))

    def ansible_runs(self) -> int:
        """Count the playbooks of the newest run."""
        started = [entry["payload"] for entry in self._entries() if entry["kind"] == "child_started"]
        return len({child["pid"] for child in started if child["program"] == "ansible-playbook"})

    def _renew(self) -> None:
        """Make hosts of which nothing is proven: empty, and with a playbook that nobody has seen."""
        shutil.rmtree(self._target, ignore_errors=True)
        self._target.mkdir()
        self._round += 1
        playbook = self._repo / "catalog" / "page" / "playbook.yml"
        playbook.write_text(f"{playbook.read_text().partition('# round')[0]}# round {self._round}\n")

    def _must_be_configured(self) -> None:
        found = len(list(self._target.glob("*/page")))
        if found != HOSTS:
            raise CannotMeasure(f"{found} of {HOSTS} hosts were configured: the work was not done")

    def _infraops(self, *words: str) -> str:
        return carry_out([INFRAOPS, *words, "--quiet"], cwd=self._repo, env=self._env).stdout

    def _entries(self) -> list[Mapping[str, Any]]:
        newest = max((self._repo / ".infraops" / "runs").iterdir()).name
        argv = [INFRAOPS, "history", newest, "--json"]
        entries: list[Mapping[str, Any]] = json.loads(carry_out(argv, cwd=self._repo, env=self._env).stdout)["entries"]
        return entries


@contextmanager
def _sshd(directory: Path) -> Iterator[Reach]:
    """Have one SSH server on all loopback addresses, which stands for all hosts."""
    program = shutil.which("sshd", path=_PROGRAMS)
    if program is None or shutil.which("ssh") is None:
        raise CannotMeasure("sshd and ssh are needed")
    made = not _SEPARATION.exists()
    if made:
        _SEPARATION.mkdir(mode=0o755)
    server = None
    try:
        for name in ("host", "user"):
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(directory / name)]
            carry_out(argv, cwd=directory, env=environ(directory))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = int(listener.getsockname()[1])
        (directory / "sshd_config").write_text(
            f"Port {port}\nListenAddress 0.0.0.0\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/user.pub\n"
            "PidFile none\nStrictModes no\nUsePAM no\nUseDNS no\nPermitRootLogin yes\nPasswordAuthentication no\n"
            "MaxStartups 200\n"
        )
        server = start_detached([program, "-D", "-e", "-f", str(directory / "sshd_config")], log=directory / "sshd.log")
        yield Reach(port, (directory / "host.pub").read_text().strip(), directory / "user")
    finally:
        if server is not None:
            end(server)
        if made:
            _SEPARATION.rmdir()
