import os
import signal
import sys
import time
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.lab import base
from infraops.lab import programs as lab_programs


def test_offered_packages_skip_comments(tmp_path: Path) -> None:
    file = tmp_path / "packages.txt"
    assert base.offered_packages(file) == ()
    file.write_text("# the shop\nredis-server # cache\n\nhaproxy\nhaproxy\n")
    assert base.offered_packages(file) == ("haproxy", "redis-server")


def test_digest_follows_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = base.wanted_base(tmp_path, {})
    assert base.wanted_base(tmp_path, {}) == before
    monkeypatch.setattr(base, "offered_packages", lambda: ("one-more",))
    assert base.wanted_base(tmp_path, {}) != before
    assert base.find_base(tmp_path, {}) is None


def test_missing_mmdebstrap_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_programs, "SYSTEM_PATH", str(tmp_path))
    with pytest.raises(InfraOpsError) as caught:
        base.build_command(tmp_path / "x", {"PATH": str(tmp_path)}, mode="root", form="directory")
    assert "apt install mmdebstrap" in caught.value.hint


def test_a_given_base_must_be_a_root_file_system(tmp_path: Path) -> None:
    with pytest.raises(InfraOpsError, match="not a root file system with sshd"):
        base.ensure_base(tmp_path, {"INFRAOPS_LAB_BASE": str(tmp_path)})


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="builds as root")
def test_no_mirror_is_an_error_with_a_way_out_and_leaves_nothing(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    said: list[str] = []
    tools.mkdir()
    fake = tools / "mmdebstrap"
    fake.write_text(
        "#!/bin/sh\necho 'I: running apt-get update...' >&2\necho 'E: apt-get update failed' >&2\nexit 25\n"
    )
    fake.chmod(0o755)
    with pytest.raises(InfraOpsError, match="apt-get update failed") as caught:
        base.ensure_base(tmp_path / "cache", {"PATH": str(tools)}, said.append)
    assert "INFRAOPS_LAB_MIRROR" in caught.value.hint
    assert "running apt-get update..." in said
    assert [path.name for path in (tmp_path / "cache" / "lab").iterdir()] == ["base.lock"]


BUILD = """
import os, sys
from pathlib import Path
from infraops.lab.base import ensure_base
ensure_base(Path(sys.argv[1]), {"PATH": sys.argv[2]})
"""


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="builds as root")
def test_a_killed_build_takes_its_processes_along_and_is_repeated(tmp_path: Path) -> None:
    tools, cache = tmp_path / "bin", tmp_path / "cache"
    tools.mkdir()
    fake = tools / "mmdebstrap"
    fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\nsleep 300\n")
    fake.chmod(0o755)
    argv = [sys.executable, "-c", BUILD, str(cache), str(tools)]
    child = processes.start_detached(argv, log=tmp_path / "log", env={"PATH": str(tools)} | dict(os.environ))
    end = time.monotonic() + 120
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < end, (tmp_path / "log").read_text()
        time.sleep(0.02)
    processes.end(child, number=signal.SIGKILL, group=False)
    while _mentioning(str(cache)):
        assert time.monotonic() < end
        time.sleep(0.02)
    fake.write_text('#!/bin/sh\nfor last; do :; done\nmkdir -p "$last"\n')
    assert base.ensure_base(cache, {"PATH": str(tools)}).path.is_dir()
    assert list((cache / "lab").glob(".building-*")) == []


def _mentioning(text: str) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text in file.read_bytes().decode(errors="replace"):
                found.append(str(file))
        except OSError:
            continue
    return found
