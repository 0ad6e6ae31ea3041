"""A control repo on the lab whose apply takes a few seconds and passes every station, and a look at what it became."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.soak.aiming import logs_of, stations_open

FILES = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/lab/environment.yaml": "schema: infraops/v1\nname: lab\nplatform: lab\n",
    "blueprints/front.yaml": """\
schema: infraops/v1
name: front
template: host-group@1.0
owner: team-soak
parameters: {hosts: 2, playbook: playbooks/mark.yml}
environments: {lab: {}}
""",
    "blueprints/back.yaml": """\
schema: infraops/v1
name: back
template: host-group@1.0
owner: team-soak
parameters: {hosts: 1, playbook: playbooks/mark.yml}
environments: {lab: {}}
depends_on: [front]
""",
    "playbooks/mark.yml": """\
---
- name: Leave a mark
  hosts: all
  gather_facts: false
  tasks:
    - name: Count the runs that came to their end
      ansible.builtin.copy:
        content: "marked"
        dest: "{{ '/home/ops/mark-' ~ item }}"
        mode: "0600"
      loop: [one, two, three]
""",
}
HOSTS = {"front-host-01", "front-host-02", "back-host-01"}


@dataclass(frozen=True)
class Estate:
    """The repo, the state directory of its own, and the cache with the base layer that it shares."""

    root: Path
    home: Path
    cache: Path

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "INFRAOPS_LAB_DRIVER") if name in os.environ}
        kept["PYTHONPATH"] = str(Path(__file__).parents[2])  # this checkout, whatever is installed
        return {**kept, "HOME": str(self.home), "XDG_CACHE_HOME": str(self.cache), "LANG": "C.UTF-8", "NO_COLOR": "1"}

    @property
    def runs(self) -> Path:
        """Where each run keeps its logs."""
        return self.root / ".infraops/runs"

    @property
    def ledger(self) -> Path:
        """The ledger's file; the first run makes it."""
        (file,) = self.home.glob(".local/state/infraops/*/ledger.sqlite3")
        return file

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start infraops, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "infraops", *words],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, exit_code: int = 0) -> str:
        """Run infraops to its end; any other exit code than the one expected is an error."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == exit_code, f"infraops {' '.join(words)}: {process.returncode}\n{said}"
        return said

    def document(self, *words: str) -> dict[str, Any]:
        """Run infraops with --json --quiet and return its document."""
        answer: dict[str, Any] = json.loads(self.run(*words, "--json", "--quiet"))
        return answer


def make_estate(directory: Path, cache: Path) -> Estate:
    """Write the control repo and a home that is empty."""
    root, home = directory / "repo", directory / "home"
    home.mkdir(parents=True)
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Estate(root, home, cache)


def kill(process: subprocess.Popen[str], *, tree: bool) -> None:
    """Send SIGKILL to infraops alone, or to it and to everything it has started and not let go of."""
    victims = [process.pid, *(_descendants(process.pid) if tree else ())]
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.communicate()


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def at_work(estate: Estate) -> dict[str, Any]:
    """Tell what the newest run was at when it was killed: its id, the stations without an end, the tools likewise."""
    runs = estate.document("history", "--limit", "1")["runs"]
    if not runs or runs[0]["verdict"] not in ("killed", "running"):
        return {"run": "", "stations": [], "tools": []}
    run = runs[0]["record"]["id"]
    open_stations = stations_open(logs_of(estate.runs / run))
    open_tools: dict[int, str] = {}
    for entry in estate.document("history", run)["entries"]:
        payload = entry["payload"]
        match entry["kind"]:
            case "child_started":
                open_tools[payload["pid"]] = payload["program"]
            case "child_ended":
                open_tools.pop(payload["pid"], None)
    return {"run": run, "stations": sorted(open_stations.values()), "tools": sorted(open_tools.values())}


def is_working_at(estate: Estate, station: str) -> bool:
    """Look into the ledger's file whether a tool was started last, at this station."""
    newest = _newest(estate, 3)
    started = [payload for kind, payload in newest if kind == "station_started"]
    return bool(started) and newest[0][0] == "child_started" and f'"{station}"' in started[0]


def _newest(estate: Estate, count: int) -> list[tuple[str, str]]:
    for file in estate.home.glob(".local/state/infraops/*/ledger.sqlite3"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as ledger, suppress(sqlite3.OperationalError):
            query = "SELECT kind, payload FROM entries ORDER BY seq DESC LIMIT ?"
            return ledger.execute(query, (count,)).fetchall()
    return []


def complaints(estate: Estate) -> list[str]:
    """Compare what is there with what there should be: hosts, their marks, the state, the ledger, the claims."""
    found = []
    outputs = estate.document("output", "-e", "lab")["stacks"]
    hosts = {host["name"]: host["identity"] for stack in outputs.values() for host in stack["hosts"]}
    if set(hosts) != HOSTS or len(set(hosts.values())) != len(HOSTS):
        found.append(f"hosts of the states: {hosts}")
    there = estate.document("lab", "status")["hosts"]
    running = {host["host"]["identity"] for host in there if host["host"]["running"]}
    if running != set(hosts.values()) or len(there) != len(HOSTS):
        found.append(f"hosts of the lab: {there}")
    if "nothing to remove" not in (said := estate.run("lab", "prune", "--dry-run")):
        found.append(f"half-made: {said}")
    plan = estate.document("plan", "-e", "lab", "--refresh")
    if plan["outcome"] != "unchanged" or any(stack["plan"]["drift"] for stack in plan["stacks"]):
        found.append(f"a plan finds {plan}")
    for host in sorted(HOSTS):
        marks = estate.run("ssh", host, "-e", "lab", "--", "cat mark-one mark-two mark-three")
        if marks != "marked" * 3:
            found.append(f"{host} is half configured: {marks!r}")
    if not estate.document("ledger", "verify")["ok"]:
        found.append("the ledger does not verify")
    if "no run holds" not in (said := estate.run("unlock", "-e", "lab")):
        found.append(f"claims are left: {said}")
    if left := [str(path) for path in estate.root.rglob("*.tfplan")]:
        found.append(f"plans are left: {left}")
    return found


def wait_for(condition: Any, *, seconds: float = 180) -> None:
    """Wait until a condition holds, looking often."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
