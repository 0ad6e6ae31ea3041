"""What a stack is rendered to: golden trees, and that real Terraform finds nothing to reformat.

After a change that is meant, `INFRAOPS_REFRESH_GOLDEN=1 pytest tests/render/test_stack.py` writes the trees anew;
read the difference before committing it.
"""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from infraops import processes
from infraops.errors import InfraOpsError
from infraops.models.stacks.stack import InputReference, SecretReference, Stack
from infraops.render.stack import render, template_directory
from infraops.tools.terraform.program.embedded import library
from infraops.tools.terraform.program.pinned import find_program
from tests.render.stacks import make_stack, make_template

GOLDEN = Path(__file__).with_name("golden")
MODULE = """\
variable "stack" {}
variable "owner" {}
variable "size" {}
variable "ports" {}
variable "admin_password" {}
variable "region" {}
variable "subnet_ids" {}
variable "database_url" {}
output "hosts" {}
output "endpoints" {}
output "connection" {}
output "subnet_ids" {}
"""


def full(root: Path) -> Stack:
    template = make_template(
        root,
        MODULE,
        parameters={
            "size": {"type": "enum", "values": ["small"], "description": 'How large: "small"\nor ${more}.'},
            "ports": {"type": "list", "items": "port"},
            "greeting": {"type": "string", "used_by": ["playbook"]},
            "admin_password": {"type": "string", "sensitive": True, "description": "Who may in."},
            "unset": {"type": "string", "used_by": ["terraform"]},
        },
        outputs={"connection": {"sensitive": True, "description": "How to get in."}, "subnet_ids": {"type": "list"}},
        playbook="playbook.yml",
    )
    return make_stack(
        root,
        template,
        environment={"variables": {"region": "eu-1", "unused": 1}},
        secrets={"admin_password": SecretReference("env", "ADMIN_PASSWORD")},
        inputs={
            "subnet_ids": InputReference("lab/network", "subnet_ids"),
            "database_url": InputReference("lab/db", "url", sensitive=True),
        },
        size="small",
        ports=[80, 443],
        greeting="{{ 1 + 1 }} & <b>'\"",
        unset=None,
    )


def bare(root: Path) -> Stack:
    return make_stack(root, make_template(root, ""), environment={"state": {"backend": "http"}})


STACKS = {"full": full, "bare": bare}


@pytest.mark.parametrize("name", STACKS)
def test_golden(name: str, tmp_path: Path) -> None:
    rendered = {str(path): text for path, text in render(STACKS[name](tmp_path)).items()}
    directory = GOLDEN / name
    if os.environ.get("INFRAOPS_REFRESH_GOLDEN"):
        shutil.rmtree(directory, ignore_errors=True)
        for path, text in rendered.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text)
    kept = {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}
    assert rendered == kept


def test_same_stack_same_bytes(tmp_path: Path) -> None:
    assert render(full(tmp_path)) == render(full(tmp_path))


@pytest.mark.skipif(library() is None, reason="the embedded Terraform is not installed")
@pytest.mark.parametrize("name", STACKS)
def test_terraform_fmt_finds_nothing_to_do(name: str, tmp_path: Path) -> None:
    from infraops.models.files.settings import TerraformPin

    program = find_program(TerraformPin(), {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    rendered = {str(path): text for path, text in render(STACKS[name](tmp_path)).items()}
    (tmp_path / "main.tf").write_text(rendered["main.tf"])
    finished = processes.run([*program.argv, "fmt", "-check", "-diff", "main.tf"], cwd=tmp_path)
    assert (finished.exit_code, finished.stdout) == (0, "")


def test_no_secret_and_no_input_is_in_the_values(tmp_path: Path) -> None:
    rendered = {str(path): text for path, text in render(full(tmp_path)).items()}
    assert set(json.loads(rendered["terraform.tfvars.json"])) == {"owner", "ports", "region", "size", "stack"}
    assert "ADMIN_PASSWORD" not in "".join(rendered.values()).replace("INFRAOPS_SECRET_ADMIN_PASSWORD", "")


def test_every_variable_that_is_declared_is_handed_on(tmp_path: Path) -> None:
    main = next(text for path, text in render(full(tmp_path)).items() if path.name == "main.tf")
    declared = set(re.findall(r'^variable "(\w+)"', main, re.M))
    assert declared == set(re.findall(r"= var\.(\w+)$", main, re.M))


def test_the_users_playbook_takes_the_place_of_the_templates(tmp_path: Path) -> None:
    stack = make_stack(tmp_path, make_template(tmp_path, "", playbook="playbook.yml"))
    own = {path.name: text for path, text in render(stack).items()}
    assert f"../../../templates/{template_directory(stack)}/playbook.yml" in own["play.yml"]
    from dataclasses import replace

    users = {path.name: text for path, text in render(replace(stack, playbook="playbooks/{{ x }}.yml")).items()}
    assert '!unsafe "../../../../playbooks/{{ x }}.yml"' in users["play.yml"]


@pytest.mark.parametrize("value", ["\ud800", float("nan"), ["\udfff"], {"\ud800": 1}])
def test_what_no_file_can_hold_is_refused(tmp_path: Path, value: object) -> None:
    template = make_template(tmp_path, 'variable "x" {}\n', parameters={"x": {"type": "map"}})
    with pytest.raises(InfraOpsError, match="rendering lab/app"):
        render(make_stack(tmp_path, template, x=value))


def test_a_key_that_ansible_would_decode_is_refused(tmp_path: Path) -> None:
    template = make_template(tmp_path, "", parameters={"x": {"type": "map"}}, playbook="playbook.yml")
    with pytest.raises(InfraOpsError, match="__ansible_vault"):
        render(make_stack(tmp_path, template, x={"a": [{"__ansible_vault": "x"}]}))
