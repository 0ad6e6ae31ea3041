import os
from pathlib import Path

import pytest

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
