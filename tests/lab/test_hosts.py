import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import boot, cgroups, hosts, network, records
from infraops.lab.base import Base
from infraops.lab.creation import Wish, create
from infraops.lab.hosts import Host
from infraops.models.basics.workspace import Workspace, workspace_of
from tests.lab.conftest import clear

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("base")]


@pytest.fixture(params=["nspawn", "light"])
def driver(request: pytest.FixtureRequest, environ: Mapping[str, str]) -> Mapping[str, str]:
    if request.param == "nspawn" and "INFRAOPS_LAB_DRIVER" in environ:
        pytest.skip("no room for hosts with systemd just now")
    return {**environ, "INFRAOPS_LAB_DRIVER": request.param}


def on(host: Host, command: str, *, check: bool = True) -> str:
    """Run a command on a host as its user, checking the host's key."""
    known = host.private_key_file.with_name(f"known-{host.name}")
    known.write_text(f"{host.address} {host.host_key}\n")
    options = ["-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
    login = ["-i", str(host.private_key_file), f"{host.user}@{host.address}"]
    finished = processes.run(["ssh", *options, *login, command], timeout=30)
    known.unlink()
    if check:
        assert finished.exit_code == 0, finished.stderr
    return finished.stdout.strip()


def links(workspace: Workspace) -> list[str]:
    net = network.read_network(workspace)
    names = [name for _, name in socket.if_nameindex()]
    return [name for name in names if net is not None and name.startswith((net.bridge, net.port_prefix))]


def leftovers(workspace: Workspace) -> list[str]:
    """Everything that a checkout's hosts might have left on this machine."""
    found = links(workspace)
    found += [line for line in Path("/proc/mounts").read_text().splitlines() if str(workspace.state) in line]
    for hierarchy in (*cgroups.hierarchies(), cgroups.MOUNT / "memory"):
        ours = cgroups.group_name(workspace.key, "")
        found += [f"{path}/{name}" for path, names, _ in os.walk(hierarchy) for name in names if name.startswith(ours)]
    if (workspace.lab / "hosts").exists():
        found += [path.name for path in (workspace.lab / "hosts").iterdir()]
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"LAB_DIRECTORY={workspace.lab}".encode() in environ.read_bytes():
                found.append(str(environ))
        except OSError:
            continue
    return found


def test_life_of_a_host(workspace: Workspace, driver: Mapping[str, str]) -> None:
    host = create(workspace, Wish("web-1", hostname="front", memory_mb=200), driver)
    assert hosts.read(workspace, "web-1") == host
    assert host.running
    assert on(host, "hostname; sudo id -u; cat /etc/machine-id").split() == ["front", "0", host.identity]
    on(host, "echo kept | sudo tee /var/lib/note; sudo -k; test -w /dev/null; sudo sh -c 'echo x >/dev/shm/x'")
    assert str(workspace.root) not in on(host, "cat /proc/mounts")  # the machine's own mounts are not to be seen

    stopped = hosts.stop(workspace, "web-1")
    assert stopped == replace(host, running=False) == hosts.read(workspace, "web-1")
    assert hosts.start(workspace, "web-1") == host
    assert on(host, "cat /var/lib/note") == "kept"

    assert hosts.delete(workspace, "web-1")
    assert hosts.read(workspace, "web-1") is None
    assert leftovers(workspace) == []
    assert not hosts.delete(workspace, "web-1")


def test_packages_install_without_a_network(workspace: Workspace, driver: Mapping[str, str]) -> None:
    host = create(workspace, Wish("web"), driver)
    on(host, "sudo DEBIAN_FRONTEND=noninteractive apt-get -qq install nginx-light >/dev/null 2>&1")
    if host.driver == "light":
        on(host, "sudo service nginx start")
    assert "nginx" in answer(host, 80)
    hosts.stop(workspace, "web")
    hosts.start(workspace, "web")
    assert "nginx" in answer(host, 80)  # what is enabled starts with the host


def answer(host: Host, port: int) -> str:
    """What an HTTP server on a host says, once it says something."""
    end = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection((host.address, port), timeout=5) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return connection.recv(4096).decode()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_hosts_reach_each_other_and_nobody_else(workspace: Workspace, driver: Mapping[str, str]) -> None:
    first, second = create(workspace, Wish("a"), driver), create(workspace, Wish("b"), driver)
    probe = "python3 -c \"import socket; socket.create_connection(('{}', 22), 2)\""
    on(first, probe.format(second.address))
    assert first.host_key != second.host_key and first.identity != second.identity
    assert on(first, probe.format("192.0.2.1") + " 2>/dev/null || echo shut") == "shut"


@pytest.mark.parametrize("victim", ["host", "first process"])
def test_a_killed_host_reads_as_stopped_and_starts_again(
    workspace: Workspace, driver: Mapping[str, str], victim: str
) -> None:
    host = create(workspace, Wish("web"), driver)
    process = boot.running_process(workspace, "web")
    assert process is not None
    if victim == "host":
        os.kill(process.pid, signal.SIGKILL)
    else:
        (child,) = boot._children(process)
        os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: not processes.is_alive(process))
    assert hosts.read(workspace, "web") == replace(host, running=False)
    assert hosts.start(workspace, "web") == host
    on(host, "true")
    assert hosts.start(workspace, "web") == host
    hosts.delete(workspace, "web")
    assert leftovers(workspace) == []


def test_a_lost_bridge_is_made_again(workspace: Workspace, environ: Mapping[str, str]) -> None:
    host = create(workspace, Wish("web"), environ)
    network.remove_bridge(workspace)
    assert hosts.read(workspace, "web") == replace(host, running=False)
    assert hosts.start(workspace, "web") == host
    on(host, "true")


def test_after_a_reboot_the_note_of_a_process_is_void(workspace: Workspace, environ: Mapping[str, str]) -> None:
    host = create(workspace, Wish("web"), environ)
    boot.end(workspace, "web")
    network.remove_bridge(workspace)
    token = (records.host_directory(workspace, "web") / "boot").read_text()
    (records.host_directory(workspace, "web") / f"process.{token}").write_text(f"another-boot {os.getpid()} 1")
    assert hosts.read(workspace, "web") == replace(host, running=False)
    assert hosts.start(workspace, "web") == host


def test_a_subnet_taken_meanwhile_is_exchanged(workspace: Workspace, environ: Mapping[str, str]) -> None:
    host = create(workspace, Wish("web"), environ)
    hosts.stop(workspace, "web")
    network.remove_bridge(workspace)
    before = network.read_network(workspace)
    assert before is not None
    rival = f"t{workspace.key[:6]}"
    processes.run(["ip", "link", "add", "name", rival, "type", "bridge"])
    try:
        processes.run(["ip", "addr", "add", f"{before.subnet[9]}/24", "dev", rival])
        processes.run(["ip", "link", "set", rival, "up"])
        moved = hosts.start(workspace, "web")
        assert moved.address != host.address
        on(moved, "true")
    finally:
        processes.run(["ip", "link", "delete", rival])


def test_ten_at_once_from_threads(workspace: Workspace, environ: Mapping[str, str]) -> None:
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda n: create(workspace, Wish(f"h{n}"), environ), range(10)))
    assert len({host.address for host in made}) == 10
    assert len(hosts.list_hosts(workspace)) == 10
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(lambda host: hosts.delete(workspace, host.name), made))
    assert leftovers(workspace) == []


@pytest.fixture
def neighbour(tmp_path: Path, environ: Mapping[str, str]) -> Iterator[Workspace]:
    other = workspace_of(tmp_path / "other", environ)
    yield other
    clear(other)


def test_two_checkouts_do_not_meet(workspace: Workspace, neighbour: Workspace, environ: Mapping[str, str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        mine, theirs = pool.map(lambda one: create(one, Wish("web"), environ), (workspace, neighbour))
    nets = network.read_network(workspace), network.read_network(neighbour)
    assert nets[0] is not None and nets[1] is not None
    assert not nets[0].subnet.overlaps(nets[1].subnet)
    assert mine.address != theirs.address
    hosts.delete(workspace, "web")
    assert leftovers(workspace) == []
    assert hosts.read(neighbour, "web") == theirs
    on(theirs, "true")


CREATE = """
import os, sys
from pathlib import Path
from infraops.lab.creation import Wish, create
from infraops.models.basics.workspace import workspace_of
print(create(workspace_of(Path(sys.argv[1]), os.environ), Wish("web"), os.environ).identity)
"""


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_a_create_killed_at_any_moment_is_made_anew(
    workspace: Workspace, environ: Mapping[str, str], moment: float
) -> None:
    argv = [sys.executable, "-c", CREATE, str(workspace.root)]
    child = processes.start_detached(argv, log=workspace.root / "log", env=environ)
    wait_until(lambda: records.read_record(workspace, "web") is not None)
    time.sleep(moment)
    processes.end(child)
    wait_until(lambda: not processes.is_alive(child))
    host = create(workspace, Wish("web"), environ)
    on(host, "true")
    assert host.address.endswith(".2")
    hosts.delete(workspace, "web")
    assert leftovers(workspace) == []


def test_many_processes_share_a_checkout(workspace: Workspace, environ: Mapping[str, str]) -> None:
    script = CREATE.replace('"web"', "sys.argv[2]")
    argvs = [[sys.executable, "-c", script, str(workspace.root), f"p{n}"] for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda argv: processes.run(argv, env=environ, timeout=60), argvs))
    assert [one.stderr for one in made] == [""] * 4  # a process that makes hosts ends although its hosts live on
    assert len({host.address for host in hosts.list_hosts(workspace)}) == 4


def test_a_known_host_is_not_overwritten(workspace: Workspace, environ: Mapping[str, str]) -> None:
    first = create(workspace, Wish("web", made_by="stack a"), environ)
    with pytest.raises(InfraOpsError, match="made from stack a") as caught:
        create(workspace, Wish("web", made_by="stack b"), environ)
    assert "terraform import" in caught.value.hint
    second = create(workspace, Wish("web", made_by="stack a"), environ)  # no state has come to know the first
    assert second.identity != first.identity
    hosts.confirm(workspace, "web", first.identity)
    hosts.confirm(workspace, "web", second.identity)
    with pytest.raises(InfraOpsError, match="of this name already"):
        create(workspace, Wish("web", made_by="stack a"), environ)
    assert not hosts.delete(workspace, "web", identity=first.identity)
    assert hosts.delete(workspace, "web", identity=second.identity)


def test_a_vanished_host_reads_as_none(workspace: Workspace, environ: Mapping[str, str]) -> None:
    create(workspace, Wish("web"), environ)
    boot.end(workspace, "web")
    shutil.rmtree(records.host_directory(workspace, "web"))
    assert hosts.read(workspace, "web") is None
    create(workspace, Wish("web"), environ)


def test_a_start_that_fails_says_why_and_leaves_nothing(
    workspace: Workspace, environ: Mapping[str, str], base: Base, tmp_path: Path
) -> None:
    empty = tmp_path / "root"
    (empty / "usr/sbin").mkdir(parents=True)
    record = create(workspace, Wish("web", running=False), environ)
    stored = records.read_record(workspace, "web")
    assert stored is not None and not record.running
    records.write_record(workspace, replace(stored, base=str(empty)))
    with pytest.raises(InfraOpsError, match="its log says") as caught:
        hosts.start(workspace, "web")
    assert "doctor" in caught.value.hint
    hosts.delete(workspace, "web")
    assert leftovers(workspace) == []


def wait_until(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
