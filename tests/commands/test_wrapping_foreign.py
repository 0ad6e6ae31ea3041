"""Modules and playbooks that nobody here wrote, made templates."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infraops.cli import run
from tests.commands.foreign import provider_mirror, unpacked
from tests.controlrepo.trees import write_tree

REPO = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/cloud/environment.yaml": "schema: infraops/v1\nname: cloud\nplatform: aws\n",
}


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return write_tree(tmp_path / "repo", REPO)


def imported(repo: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    run(["template", "import", *words, "--json", "--chdir", str(repo)])
    return list(json.loads(capsys.readouterr().out)["modules"])


@pytest.mark.parametrize(("package", "modules"), [("nebari", 55), ("mlstacks", 16), ("runway", 4)])
def test_every_module_of_a_package_becomes_a_template(
    package: str, modules: int, packages: Path, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = imported(repo, capsys, str(unpacked(package, packages)), "--all", "--platform", "aws")
    assert {one["name"]: one["error"] for one in found if one["error"]} == {}
    assert len(found) == modules
    for one in found:
        for name in one["copied"]:
            copy = repo / one["directory"] / name
            assert any(copy.read_bytes() == path.read_bytes() for path in _namesakes(Path(one["source"]), copy.name))
    assert run(["validate", "--chdir", str(repo)]) == 0


def _namesakes(module: Path, name: str) -> list[Path]:
    return [path for top in (module, *list(module.parents)[:3]) for path in top.rglob(name)]


# Modules that need the AWS provider alone, and nothing that has to be looked up while they are validated.
NEEDS_AWS = [
    ("nebari", "infrastructure/template/aws/modules/accounting"),
    ("nebari", "infrastructure/template/aws/modules/efs"),
    ("nebari", "infrastructure/template/aws/modules/network"),
    ("nebari", "infrastructure/template/aws/modules/registry"),
    ("nebari", "terraform_state/template/aws/modules/terraform-state"),
]


@pytest.mark.parametrize(("package", "module"), NEEDS_AWS, ids=[module for _, module in NEEDS_AWS])
def test_what_is_rendered_of_them_is_valid(
    package: str, module: str, packages: Path, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror, program = provider_mirror("hashicorp/aws"), shutil.which("terraform")
    if program is None:
        pytest.skip("there is no Terraform program")
    directory = unpacked(package, packages) / "_nebari" / "stages" / module
    imported(repo, capsys, str(directory), "--name", "foreign", "--platform", "aws")
    write_tree(repo, {"blueprints/tried.yaml": _blueprint(repo, capsys)})
    assert run(["render", "-e", "cloud", "--chdir", str(repo)]) == 0, capsys.readouterr().err
    stack = repo / ".infraops/stacks/cloud/tried"
    config = write_tree(
        repo, {"cli.tfrc": f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'}
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(repo), "TF_CLI_CONFIG_FILE": str(config / "cli.tfrc")}
    for words in (("init", "-backend=false", "-input=false"), ("validate",)):
        done = subprocess.run(
            [program, *words, "-no-color"], cwd=stack, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


_EXAMPLES = {
    "string": "text",
    "number": 1,
    "integer": 1,
    "boolean": True,
    "list": ["text"],
    "set": ["text"],
    "map": {"a": "text"},
    "any": "text",
}


def _blueprint(repo: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Write a blueprint with a value for each parameter that must be given."""
    assert run(["template", "show", "foreign", "--json", "--chdir", str(repo)]) == 0
    parameters = json.loads(capsys.readouterr().out)["parameters"]
    given = {name: _EXAMPLES[one["type"]] for name, one in parameters.items() if one["required"]}
    return json.dumps(
        {
            "schema": "infraops/v1",
            "name": "tried",
            "template": "foreign@1.0",
            "owner": "team-trial",
            "parameters": given,
            "environments": {"cloud": {}},
        }
    )


MODULE = """\
variable "addresses" { type = list(string) }
output "addresses" { value = var.addresses }
"""
PLAYBOOKS = [
    ("kayobe", "kayobe-18.6.0.data/data/share/kayobe/ansible/sysctl.yml", ["sysctl"]),
    ("kayobe", "kayobe-18.6.0.data/data/share/kayobe/ansible/selinux.yml", ["selinux"]),
    ("kolla-ansible", "kolla_ansible-22.2.0.data/data/share/kolla-ansible/ansible/rabbitmq.yml", ["rabbitmq"]),
    ("kolla-ansible", "kolla_ansible-22.2.0.data/data/share/kolla-ansible/ansible/prune-images.yml", ["prune-images"]),
]


@pytest.mark.parametrize(("package", "playbook", "roles"), PLAYBOOKS, ids=[Path(one).stem for _, one, _ in PLAYBOOKS])
def test_playbooks_are_taken_along_with_their_roles(
    package: str, playbook: str, roles: list[str], packages: Path, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = unpacked(package, packages) / playbook
    write_tree(repo, {"terraform/machines/main.tf": MODULE})
    words = ("terraform/machines", "--platform", "aws", "--hosts-from", "addresses", "--playbook", str(source))
    (found,) = imported(repo, capsys, *words)
    assert not found["error"]
    copied = repo / found["directory"] / "playbook"
    assert (copied / source.name).read_bytes() == source.read_bytes()
    for role in roles:
        tasks = sorted(path.relative_to(source.parent) for path in (source.parent / "roles" / role).rglob("*"))
        assert tasks
        assert all((copied / path).exists() for path in tasks)
    assert run(["validate", "--chdir", str(repo)]) == 0
