"""Keys accepted on first use are kept for one machine alone, whoever looks at the same time."""

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.tools.host_keys import file_of, fingerprint, keep, with_kept_keys

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJcMKSyRLS1eYV4f+ioAXqgqOOUFmPZ2TKoXWaoWAAA"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJcMKSyRLS1eYV4f+ioAXqgqOOUFmPZ2TKoXWaoWBBB"
HOST = Host("web-01", "10.0.0.10", identity="i-1", first_use=True)


def held(host: Host, directory: Path) -> str | None:
    (known,) = with_kept_keys([host], directory)
    return known.host_key


def test_a_key_is_kept_for_this_machine_alone(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    assert held(HOST, directory) is None
    assert keep(HOST, KEY, directory) is None
    assert keep(HOST, OTHER, directory) == KEY, "the first one holds"
    assert held(HOST, directory) == KEY
    anew = replace(HOST, identity="i-2")
    assert held(anew, directory) is None
    assert keep(anew, OTHER, directory) is None
    assert held(anew, directory) == OTHER
    assert held(HOST, directory) is None, "the machine before it is forgotten"


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    keep(HOST, KEY, tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}


@pytest.mark.parametrize(
    "host",
    [
        replace(HOST, host_key=OTHER),
        replace(HOST, first_use=False),
        replace(HOST, connection="local"),
    ],
)
def test_only_hosts_of_first_use_are_given_one(tmp_path: Path, host: Host) -> None:
    keep(HOST, KEY, tmp_path)
    assert with_kept_keys([host], tmp_path) == (host,)


def test_of_two_that_look_at_once_one_key_holds_for_both(tmp_path: Path) -> None:
    keys = [KEY[:-3] + letter * 3 for letter in "BCDEFGHI"]
    gate = threading.Barrier(len(keys))
    answers: dict[str, str | None] = {}

    def look(key: str) -> None:
        gate.wait()
        answers[key] = keep(HOST, key, tmp_path)

    threads = [threading.Thread(target=look, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holds = held(HOST, tmp_path)
    assert holds in keys
    assert answers == {key: None if key == holds else holds for key in keys}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"identity": "i-1", "key": "nonsense"}', '{"identity": "i-1"}'])
def test_a_file_that_is_torn_is_no_host_that_nobody_has_seen(tmp_path: Path, text: str) -> None:
    file_of(HOST, tmp_path).write_text(text)
    with pytest.raises(InfraOpsError, match="is not what was written there"):
        held(HOST, tmp_path)


def test_a_fingerprint_is_what_ssh_keygen_says(tmp_path: Path) -> None:
    processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")])
    said = processes.run(["ssh-keygen", "-l", "-f", str(tmp_path / "key.pub")]).stdout
    assert fingerprint((tmp_path / "key.pub").read_text()) in said.split()
