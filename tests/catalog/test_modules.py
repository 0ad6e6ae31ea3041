"""The modules that need no provider, applied by the embedded Terraform; every module is laid out as `fmt` does it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infraops.tools.terraform.program.embedded import library
from infraops.tools.terraform.state.outputs import outputs_of

CATALOG = Path(__file__).parents[2] / "infraops" / "catalog"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample"
STANDARD = {"stack": "site-service", "environment": "site", "blueprint": "service", "owner": "us"}

pytestmark = pytest.mark.skipif(library() is None, reason="the embedded Terraform is not installed")


def terraform(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-m", "infraops.tools.terraform.program.embedded", f"-chdir={directory}"]
    return subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=60, cwd=CATALOG.parents[1])


def apply(module: str, place: Path, **variables: Any) -> "subprocess.CompletedProcess[str]":
    shutil.copytree(CATALOG / module, place, dirs_exist_ok=True)
    (place / "terraform.tfvars.json").write_text(json.dumps(variables))
    return terraform(place, "apply", "-auto-approve", "-input=false", "-no-color")


def outputs(module: str, place: Path, **variables: Any) -> dict[str, Any]:
    applied = apply(module, place, **variables)
    assert applied.returncode == 0, applied.stderr
    answers = json.loads(terraform(place, "output", "-json").stdout)
    outputs_of(answers, stack="site/service")  # keeps the contract, or raises
    return {name: answer["value"] for name, answer in answers.items()}


def machine(address: str, **more: Any) -> dict[str, Any]:
    """A machine as an environment file has it, with every default filled in."""
    return {"address": address, "port": 22, "user": "root", "groups": [], "vars": {}, "host_key": None, **more}


def test_every_module_is_laid_out_as_fmt_does_it() -> None:
    result = terraform(CATALOG, "fmt", "-check", "-recursive", "-diff")
    assert result.returncode == 0, result.stdout


def test_host_group_takes_machines_of_any_shape(tmp_path: Path) -> None:
    machines = {
        "b": machine("10.0.0.2", port=2222, user="ops", groups=["edge"], host_key=KEY),
        "a": machine("10.0.0.1", vars={"depth": [1, {"x": True}]}),
        "bare": {"address": "10.0.0.3"},
    }
    answers = outputs("host-group/terraform/static", tmp_path, machines=machines)
    assert answers["addresses"] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert answers["endpoints"] == {"ssh": "tcp://10.0.0.1:22"}
    hosts = answers["hosts"]
    assert hosts["a"]["vars"] == {"depth": [1, {"x": True}]}
    assert (hosts["b"]["port"], hosts["b"]["user"], hosts["b"]["groups"]) == (2222, "ops", ["edge"])
    assert (hosts["b"]["identity"], hosts["a"]["identity"]) == (KEY, "10.0.0.1")
    assert (hosts["bare"]["port"], hosts["bare"]["user"]) == (22, "root")


def test_a_database_lives_on_one_machine(tmp_path: Path) -> None:
    wanted = {"database": "shop", "user": "shop", "port": 5433}
    answers = outputs("database/terraform/static", tmp_path, machines={"db": machine("10.0.0.1")}, **wanted)
    assert {name: answers[name] for name in ("address", *wanted)} == {"address": "10.0.0.1", **wanted}
    assert answers["endpoints"] == {"postgresql": "tcp://10.0.0.1:5433"}
    assert answers["hosts"]["db"]["vars"] == {"postgresql_port": 5433, "postgresql_refresh_packages": True}

    two = {"db": machine("10.0.0.1"), "other": machine("10.0.0.2")}
    refused = apply("database/terraform/static", tmp_path, machines=two, **wanted)
    assert "exactly one machine" in refused.stderr


def test_a_web_service_tells_its_balancer_the_backends(tmp_path: Path) -> None:
    machines = {
        "web2": machine("10.0.0.2", groups=["app"], vars={"rack": "b"}),
        "web1": machine("10.0.0.1", groups=["app"]),
        "front": machine("10.0.0.9", groups=["balancer"]),
    }
    answers = outputs("web-service/terraform/static", tmp_path, machines=machines, port=8080)
    assert answers["url"] == "http://10.0.0.9:8080"
    assert answers["endpoints"] == {"web": answers["url"]}
    assert answers["hosts"]["front"]["vars"]["balancer_backends"] == [
        {"name": "web1", "address": "10.0.0.1", "port": 80},
        {"name": "web2", "address": "10.0.0.2", "port": 80},
    ]
    before = answers["hosts"]["web2"]
    assert before["vars"] == {"rack": "b", "web_app_refresh_packages": True}

    machines["web3"] = machine("10.0.0.3", groups=["app"])
    grown = outputs("web-service/terraform/static", tmp_path, machines=machines, port=8080)
    assert {name: grown["hosts"][name] for name in ("web1", "web2")} == {
        name: answers["hosts"][name] for name in ("web1", "web2")
    }
    assert len(grown["hosts"]["front"]["vars"]["balancer_backends"]) == 3


@pytest.mark.parametrize(
    ("groups", "problem"),
    [(["app"], "Exactly one machine"), (["balancer"], "At least one machine"), ([], "Exactly one machine")],
)
def test_a_web_service_without_all_its_parts_is_refused(tmp_path: Path, groups: list[str], problem: str) -> None:
    result = apply(
        "web-service/terraform/static", tmp_path, machines={"one": machine("10.0.0.1", groups=groups)}, port=80
    )
    assert result.returncode == 1
    assert problem in result.stderr


def test_hello_has_a_directory_of_its_own_below_the_home(tmp_path: Path) -> None:
    answers = outputs("hello/terraform/local", tmp_path, port=8400, **STANDARD)
    host = answers["hosts"]["service"]
    directory = Path(host["vars"]["hello_directory"])
    assert directory.parent == Path.home() / ".local/state/infraops/hello"
    assert directory.name.startswith("site-service-")
    assert (host["connection"], host["vars"]["hello_port"]) == ("local", 8400)
    assert answers["url"] == "http://127.0.0.1:8400"

    moved = outputs("hello/terraform/local", tmp_path, port=8401, directory=str(tmp_path / "here"), **STANDARD)
    assert moved["hosts"]["service"]["vars"]["hello_directory"] == str(tmp_path / "here")
    assert moved["hosts"]["service"]["identity"] != host["identity"]
    gone = terraform(tmp_path, "destroy", "-auto-approve", "-input=false", "-no-color")
    assert gone.returncode == 0, gone.stderr
