import threading
import time
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.lab import layers, programs, records
from infraops.lab.creation import Wish, create
from infraops.lab.locks import locked
from infraops.lab.records import Driver, Phase, Record
from infraops.models.basics.workspace import Workspace

RECORD = Record("web", "web", 2, "0" * 32, Driver.LIGHT, "/base", Phase.CREATING, "ssh-ed25519 A", memory_mb=64)


def test_record_survives_the_file(workspace: Workspace) -> None:
    records.write_record(workspace, RECORD)
    assert records.read_record(workspace, "web") == RECORD
    assert records.names(workspace) == ("web",)
    assert records.read_record(workspace, "other") is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": "web", "driver": "?"}'])
def test_damaged_record_is_named(workspace: Workspace, text: str) -> None:
    records.write_whole(records.host_directory(workspace, "web") / "host.json", text)
    with pytest.raises(InfraOpsError, match=r"host\.json is damaged"):
        records.read_record(workspace, "web")
    assert list(records.records(workspace)) == []


def test_lock_excludes_threads_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.lock"
    inside, most, waits = [0], [0], []

    def work() -> None:
        for _ in range(20):
            with locked(file, remove=True, on_wait=lambda: waits.append(1)):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    assert waits
    assert not file.exists()


@pytest.mark.parametrize("name", ["", "Web", "-web", "web-", "a" * 64, "a.b", "../x", "a b"])
def test_bad_names_are_refused_before_anything_is_made(workspace: Workspace, name: str) -> None:
    with pytest.raises(InfraOpsError) as caught:
        create(workspace, Wish(name), {})
    assert "lower-case" in caught.value.hint
    assert not workspace.state.exists()


MOUNTS = """\
20 1 8:1 / / rw,relatime - ext4 /dev/vda rw
21 20 0:30 / /home rw shared:1 - overlay overlay rw
22 21 0:31 / /home/ann/my\\040disk rw - xfs /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/var/x", "ext4"), ("/home/bob", "overlay"), ("/home/ann/my disk/a", "xfs"), ("/home/ann/my", "overlay")],
)
def test_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert layers.file_system(Path(path), MOUNTS) == kind


def test_unsuitable_file_system_is_refused_with_a_way_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "file_system", lambda path: "overlay")
    with pytest.raises(InfraOpsError, match="type overlay") as caught:
        layers.refuse_unsuitable_file_system(workspace)
    assert "XDG_STATE_HOME" in caught.value.hint


def test_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.missing("x", "systemd-nspawn").hint == "on Debian: apt install systemd-container"
    monkeypatch.setitem(programs.PACKAGES, "no-such-program", "p")
    with pytest.raises(InfraOpsError, match="is missing"):
        programs.call("trying", ["no-such-program"])
    with pytest.raises(InfraOpsError, match="trying: sh: it broke"):
        programs.call("trying", ["sh", "-c", "echo it broke >&2; exit 3"])
