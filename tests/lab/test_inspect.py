import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from infraops import processes
from infraops.lab import base, boot, hosts, inspect, network, programs, records, rootless
from infraops.lab.creation import Wish, create
from infraops.lab.findings import Level
from infraops.lab.inspect import setup_packages, survey, survey_hosts
from infraops.lab.prune import prune, unused_bases
from infraops.lab.strays import bases_in_use
from infraops.models.basics.workspace import Workspace, workspace_of
from tests.lab.test_hosts import leftovers, wait_until


def test_survey_makes_nothing(workspace: Workspace, environ: Mapping[str, str]) -> None:
    findings = survey(environ, workspace)
    assert {finding.name for finding in findings} >= {"programs", "isolation", "base layer", "state directory"}
    assert all(finding.text for finding in findings)
    assert all(finding.hint for finding in findings if finding.level is Level.FAIL)
    assert not workspace.state.exists()


def test_other_systems_are_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    (finding,) = survey({})
    assert finding.level is Level.FAIL
    assert "local_safe" in finding.hint


def test_packages_to_install_are_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SYSTEM_PATH", str(tmp_path))
    nothing = {"PATH": str(tmp_path)}
    assert {"iproute2", "mmdebstrap", "systemd-container"} <= set(setup_packages(nothing, rootless=False))
    assert "uidmap" in setup_packages(nothing, rootless=True)
    assert "systemd-container" not in setup_packages(nothing, rootless=True)
    failed = inspect._programs(nothing)
    assert failed.level is Level.FAIL
    assert failed.hint.startswith("apt install ")


def test_used_bases_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    workspace, other = (workspace_of(tmp_path / name, environ) for name in ("one", "other"))
    current, used, old = (
        base.wanted_base(workspace.cache, {}).path,
        *(workspace.cache / "lab" / f"base-{name}" for name in ("used", "old")),
    )
    for directory in (current, used, old):
        directory.mkdir(parents=True)
    records.write_whole(records.host_directory(other, "web") / "host.json", f'{{"base": "{used}"}}')
    assert unused_bases(workspace, {}) == (old,)
    assert prune(workspace, set(), dry_run=True, bases=True).bases == (str(old),)
    assert old.is_dir()
    assert prune(workspace, set(), dry_run=False, bases=True).bases == (str(old),)
    assert not old.exists() and used.is_dir() and current.is_dir()


@pytest.mark.lab
@pytest.mark.usefixtures("base")
def test_hosts_are_listed_and_pruned(workspace: Workspace, environ: Mapping[str, str]) -> None:
    light = {**environ, "INFRAOPS_LAB_DRIVER": "light"}
    kept, lost = create(workspace, Wish("kept"), light), create(workspace, Wish("lost", made_by="s"), light)
    hosts.stop(workspace, "lost")
    records.write_whole(records.host_directory(workspace, "half") / "host.json", "{")
    findings = {finding.name: finding for finding in survey_hosts(workspace)}
    assert findings["host kept"].level is Level.OK and kept.address in findings["host kept"].text
    assert "stopped, made from s" in findings["host lost"].text and lost.address in findings["host lost"].text
    assert findings["host half"].level is Level.WARN
    (up,) = [status.uptime for status in inspect.status_of(workspace) if status.host.name == "kept"]
    assert up is not None and 0 <= up < 120

    base = records.read_record(workspace, "kept")
    assert base is not None and base.base in bases_in_use()
    planned = prune(workspace, {"kept"}, dry_run=True)
    assert (planned.unknown, planned.half_made, planned.leftovers) == (("lost",), ("half",), ())
    assert len(records.names(workspace)) == 3
    with records.host_lock(workspace, "lost"):
        assert prune(workspace, {"kept"}, dry_run=False).busy == ("lost",)
    assert prune(workspace, {"kept"}, dry_run=False).unknown == ("lost",)
    assert not prune(workspace, {"kept"}, dry_run=False)
    assert hosts.read(workspace, "kept") == kept
    prune(workspace, set(), dry_run=False)
    assert leftovers(workspace) == []


@pytest.mark.lab
@pytest.mark.usefixtures("base")
@pytest.mark.parametrize("driver", ["nspawn", "light"])
def test_what_a_lost_directory_leaves_is_found(workspace: Workspace, environ: Mapping[str, str], driver: str) -> None:
    if driver == "nspawn" and "INFRAOPS_LAB_DRIVER" in environ:
        pytest.skip("no room for hosts with systemd just now")
    chosen = {**environ, "INFRAOPS_LAB_DRIVER": driver}
    create(workspace, Wish("web"), chosen)
    process = boot.running_process(workspace, "web")
    assert process is not None
    shutil.rmtree(records.host_directory(workspace, "web"))
    texts = " ".join(finding.text for finding in survey_hosts(workspace))
    for what in ("process", "control group", "cable", "bridge"):
        assert what in texts
    assert prune(workspace, set(), dry_run=False).leftovers
    assert leftovers(workspace) == []
    assert not processes.is_alive(process)


@pytest.mark.lab
@pytest.mark.usefixtures("base")
def test_a_new_host_takes_the_place_of_a_stray(workspace: Workspace, environ: Mapping[str, str]) -> None:
    light = {**environ, "INFRAOPS_LAB_DRIVER": "light"}
    create(workspace, Wish("web"), light)
    process = boot.running_process(workspace, "web")
    assert process is not None
    shutil.rmtree(records.host_directory(workspace, "web"))
    create(workspace, Wish("other"), light)
    wait_until(lambda: not processes.is_alive(process))
    hosts.delete(workspace, "other")
    network.settle(workspace)
    prune(workspace, set(), dry_run=False)
    assert leftovers(workspace) == []


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="tries as root")
def test_a_failing_step_is_named(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = tmp_path / "trial.sh"
    trial.write_text(rootless.TRIAL.read_text().replace("mount -t overlay", "mount -t nonsense"))
    monkeypatch.setattr(rootless, "TRIAL", trial)
    finding = inspect._isolation(workspace)
    assert finding.level is Level.FAIL
    assert finding.text.startswith("an overlay mount: ")
    assert list(tmp_path.glob(".infraops-trial-*")) == []
