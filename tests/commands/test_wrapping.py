"""`infraops template import`: modules and playbooks that exist become templates, without a byte of them changed."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from infraops.cli import run
from tests.controlrepo.trees import write_tree

REPO = {
    "infraops.yaml": "schema: infraops/v1\n",
    "inventories/here/environment.yaml": "schema: infraops/v1\nname: here\nplatform: here\n",
}
LABEL = """\
variable "name" { type = string }
output "name" { value = "called-${var.name}" }
"""
GROUP = """\
variable "rules" {
  description = "What is let in."
  type = list(object({
    port  = number
    name  = optional(string, "any")
    cidrs = optional(set(string))
  }))
  validation {
    condition     = length(var.rules) > 0
    error_message = "There is nothing to let in."
  }
}
variable "Size-Class" {
  type    = string
  default = "small"
  validation {
    condition     = contains(["small", "large"], var.Size-Class)
    error_message = "Small or large."
  }
}
variable "password" {
  type      = string
  sensitive = true
}
variable "secrets" {
  type      = map(string)
  sensitive = true
  default   = {}
}
variable "environment" { type = string }
variable "even" {
  type    = number
  default = "2"
  validation {
    condition     = var.even % 2 == 0
    error_message = "Even."
  }
}
module "label" {
  source = "../label"
  name   = var.Size-Class
}
output "ips" { value = [for rule in var.rules : "192.0.2.${rule.port}"] }
output "rules" { value = var.rules }
output "called" { value = "${module.label.name}-in-${var.environment}" }
output "secret" {
  value     = var.password
  sensitive = true
}
"""
MODULES = {"group/main.tf": GROUP, "label/main.tf": LABEL, "label/run.sh": "#!/bin/sh\n"}
BLUEPRINT = """\
schema: infraops/v1
name: front
template: group@1.0
owner: team-front
parameters:
  rules: [{port: 80}, {port: 81, name: tls, cidrs: [10.0.0.0/8]}]
  password: env:SECRET
environments: {here: {}}
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("SECRET", "swordfish-1")
    return write_tree(tmp_path / "repo", REPO)


def infraops(repo: Path, *words: str) -> int:
    return run([*words, "--chdir", str(repo)])


def described(repo: Path, name: str) -> dict[str, object]:
    return dict(yaml.safe_load((repo / f"catalog/{name}/template.yaml").read_text()))


def test_a_module_inside_the_control_repo_is_pointed_at(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(repo / "terraform", MODULES)
    assert infraops(repo, "template", "import", "terraform/group", "--platform", "here", "--hosts-from", "ips") == 0
    assert sorted(path.name for path in (repo / "catalog/group").iterdir()) == ["template.yaml"]
    assert described(repo, "group")["modules"] == {"here": "../../terraform/group"}
    write_tree(repo, {"blueprints/front.yaml": BLUEPRINT})
    assert infraops(repo, "apply", "--yes", "--quiet", "-e", "here") == 0
    capsys.readouterr()
    assert infraops(repo, "output", "front", "-e", "here", "--json") == 0
    stack = json.loads(capsys.readouterr().out)["stacks"]["here/front"]
    assert stack["values"]["called"] == "called-small-in-here"
    assert stack["values"]["rules"][0] == {"port": 80, "name": "any", "cidrs": None}
    assert {host["name"]: host["address"] for host in stack["hosts"]} == {
        "front-01": "192.0.2.80",
        "front-02": "192.0.2.81",
    }
    # What a module calls counts as much as the module itself: a change in it is planned, nothing else is.
    assert infraops(repo, "plan", "--quiet", "-e", "here", "--detailed-exitcode") == 0
    write_tree(repo, {"terraform/other/main.tf": LABEL})
    capsys.readouterr()
    assert infraops(repo, "apply", "--yes", "--quiet", "-e", "here") == 0
    assert "up to date" in capsys.readouterr().out
    write_tree(repo / "terraform", {"label/main.tf": LABEL.replace("called-", "named-")})
    assert infraops(repo, "apply", "--yes", "--quiet", "-e", "here") == 0
    assert "up to date" not in capsys.readouterr().out


def test_a_module_from_elsewhere_is_copied_with_what_it_calls(repo: Path, tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "modules", {**MODULES, "group/terraform.tfstate": "{}", "other/main.tf": LABEL})
    (outside / "label/run.sh").chmod(0o755)
    words = (
        "template",
        "import",
        str(outside / "group"),
        "--platform",
        "here",
        "--name",
        "group",
        "--hosts-from",
        "ips",
    )
    assert infraops(repo, *words) == 0
    copied = repo / "catalog/group/terraform/here"
    files = sorted(path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file())
    assert files == ["group/main.tf", "label/main.tf", "label/run.sh"]
    assert all((copied / name).read_bytes() == (outside / name).read_bytes() for name in files)
    assert os.access(copied / "label/run.sh", os.X_OK)
    write_tree(repo, {"blueprints/front.yaml": BLUEPRINT})
    assert infraops(repo, "apply", "--yes", "--quiet", "-e", "here") == 0


def test_variables_become_typed_parameters(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(repo / "terraform", MODULES)
    assert infraops(repo, "template", "import", "terraform/group", "--platform", "here", "--json") == 0
    parameters = described(repo, "group")["parameters"]
    terraform = {"used_by": ["terraform"]}
    assert parameters == {
        "rules": {
            "type": "list",
            "items": {
                "type": "object",
                "entries": {
                    "port": {"type": "number", "required": True},
                    "name": {"type": "string", "default": "any"},
                    "cidrs": {"type": "set", "items": "string"},
                },
            },
            "min": 1,
            "description": "What is let in.",
            "required": True,
            **terraform,
        },
        "Size-Class": {"type": "enum", "values": ["small", "large"], "default": "small", **terraform},
        "password": {"type": "string", "required": True, "sensitive": True, **terraform},
        "even": {"type": "number", "default": 2, **terraform},
    }
    (module,) = json.loads(capsys.readouterr().out)["modules"]
    outcomes = {one["what"]: (one["outcome"], one["why"]) for one in module["findings"]}
    assert outcomes["variable rules"] == ("mapped", "")
    assert outcomes["variable even"][0] == "partly"
    assert "var.even % 2 == 0" in outcomes["variable even"][1]
    assert outcomes["variable secrets"] == ("left", "it is sensitive and of type map; a secret is text here")
    assert outcomes["variable environment"][1].startswith("infraops hands it over")


def test_values_inside_of_objects_are_checked_where_they_stand(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(repo / "terraform", MODULES)
    infraops(repo, "template", "import", "terraform/group", "--platform", "here")
    wrong = BLUEPRINT.replace("{port: 80}", "{prot: 80}").replace("[10.0.0.0/8]", "[a, a]")
    write_tree(repo, {"blueprints/front.yaml": wrong})
    capsys.readouterr()
    assert infraops(repo, "validate") == 64
    said = " ".join(capsys.readouterr().err.split())
    assert 'blueprints/front.yaml:6: parameters.rules[0]: unknown key "prot" did you mean "port"?' in said
    assert 'the key "parameters.rules[0].port" is missing' in said
    assert 'parameters.rules[1].cidrs: "a" comes twice, in a set' in said


FOREIGN = {
    "good/main.tf": LABEL + 'resource "aws_eip" "x" {}\n',
    "broken/main.tf": 'variable "x" {\n',
    "aliases/main.tf": 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
    '      configuration_aliases = [aws.east]\n    }\n  }\n  backend "s3" {}\n}\nprovider "aws" {}\n'
    'output "where" { value = "${terraform.workspace} ${path.root}" }\noutput "endpoints" { value = [] }\n',
    "reserved/main.tf": 'variable "template" {}\nvariable "owner" { type = list(string) }\nresource "aws_eip" "x" {}\n',
    "plain/main.tf": LABEL,
    "good/examples/all/main.tf": LABEL,
}


def test_a_broken_module_does_not_stop_the_others(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = write_tree(tmp_path / "modules", FOREIGN)
    assert infraops(repo, "template", "import", str(outside), "--all", "--json") == 1
    modules = {one["name"]: one for one in json.loads(capsys.readouterr().out)["modules"]}
    assert modules.keys() == {"good", "broken", "aliases", "reserved", "plain"}
    assert "main.tf:1: a { is not closed" in modules["broken"]["error"]
    assert "add --platform" in modules["plain"]["error"]
    assert sorted(path.name for path in (repo / "catalog").iterdir()) == ["aliases", "good", "reserved"]
    outcomes = {name: {one["what"]: one["outcome"] for one in module["findings"]} for name, module in modules.items()}
    assert outcomes["aliases"]["provider aws"] == "left"
    assert outcomes["aliases"]["required provider aws"] == "left"
    assert outcomes["aliases"]["backend s3"] == "left"
    assert outcomes["aliases"]["terraform.workspace"] == "left"
    assert outcomes["aliases"]["path.root"] == "left"
    assert described(repo, "aliases")["endpoints"] == {}
    assert outcomes["reserved"] | {"hosts": "", "endpoints": ""} == {
        "variable template": "missing",
        "variable owner": "missing",
        "hosts": "",
        "endpoints": "",
    }
    assert infraops(repo, "validate") == 0


def test_nothing_is_overwritten(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tree(repo, {"terraform/group/main.tf": LABEL, "catalog/group/notes.txt": "mine"})
    assert infraops(repo, "template", "import", "terraform/group", "--platform", "here") == 1
    assert "there is catalog/group already" in " ".join(capsys.readouterr().out.split())
    assert [path.name for path in (repo / "catalog/group").iterdir()] == ["notes.txt"]


def test_a_link_that_leads_nowhere_is_refused(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = write_tree(tmp_path / "modules/group", {"main.tf": LABEL})
    (outside / "gone.txt").symlink_to("nowhere")
    assert infraops(repo, "template", "import", str(outside), "--platform", "here") == 1
    assert "leads nowhere" in capsys.readouterr().out
    assert not (repo / "catalog/group").exists()


PLAYS: Mapping[str, str] = {
    "site.yml": "- hosts: web:!old\n  roles: [page]\n  tasks:\n    - ansible.builtin.debug: {msg: hello}\n",
    "roles/unused/tasks/main.yml": "[]\n",
    "group_vars/all.yml": "colour: red\n",
    "ansible.cfg": "[defaults]\nroles_path = ../shared\n",
    "requirements.yml": "collections: [community.general]\n",
    "inventory/secrets.yml": "password: x\n",
}


def test_a_playbook_is_taken_along_with_what_it_mentions(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = write_tree(tmp_path / "plays", PLAYS)
    write_tree(tmp_path / "shared", {"page/meta/main.yml": "dependencies: [base]\n", "page/tasks/main.yml": "[]\n"})
    write_tree(tmp_path / "shared", {"base/tasks/main.yml": "[]\n", "other/tasks/main.yml": "[]\n"})
    write_tree(tmp_path / "modules", MODULES)
    words = ("template", "import", str(tmp_path / "modules/group"), "--platform", "here", "--json")
    assert infraops(repo, *words, "--playbook", str(outside / "site.yml"), "--hosts-from", "ips") == 0
    (module,) = json.loads(capsys.readouterr().out)["modules"]
    copied = {name for name in module["copied"] if name.startswith("playbook/")}
    assert copied == {
        "playbook/site.yml",
        "playbook/group_vars/all.yml",
        "playbook/requirements.yml",
        "playbook/roles/page/meta/main.yml",
        "playbook/roles/page/tasks/main.yml",
        "playbook/roles/base/tasks/main.yml",
    }
    assert described(repo, "group")["playbook"] == "playbook/site.yml"
    assert described(repo, "group")["hosts"] == {"from": "ips", "groups": ["web"]}
    outcomes = {one["what"]: one["outcome"] for one in module["findings"]}
    assert outcomes["group web"] == "partly"
    assert outcomes["requirements.yml"] == "mapped"


def test_a_playbook_without_hosts_to_run_on_is_no_template(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tree(repo, {"terraform/group/main.tf": GROUP.replace('"../label"', '"./label"')})
    write_tree(repo, {"terraform/group/label/main.tf": LABEL, "playbooks/site.yml": "- hosts: all\n  tasks: []\n"})
    words = ("template", "import", "terraform/group", "--platform", "here", "--playbook", "playbooks/site.yml")
    assert infraops(repo, *words) == 1
    assert "the playbook has no hosts" in " ".join(capsys.readouterr().out.split())
    assert not (repo / "catalog/group").exists()
    assert infraops(repo, *words, "--hosts-from", "ips") == 0
    assert described(repo, "group")["playbook"] == "../../playbooks/site.yml"
