"""What makes a stack suspected of reading files that no digest counts, and what does not."""

from pathlib import Path

import pytest

from infraops.controlrepo.load import load
from infraops.controlrepo.stacks.beyond import may_read_beyond
from tests.commands.estate import MODULE, TEMPLATE, blueprint, make_estate

TASK = "- hosts: all\n  tasks:\n    - "
LOCAL = "catalog/trial/terraform/local"


def suspected(root: Path, files: dict[str, str], template: str = TEMPLATE) -> bool:
    make_estate(root, {"own": blueprint("own")})
    for path, text in {"catalog/trial/template.yaml": template, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return may_read_beyond(load(root, built_in=root / "none").stacks["local/own"], root)


@pytest.mark.parametrize(
    "more",
    [
        'output "x" {\n  value = file("${path.root}/../../../../shared/x")\n}\n',
        'output "x" {\n  value = file("${path.cwd}/x")\n}\n',
        'output "x" {\n  value = file("${path.module}/../../../../shared/x")\n}\n',
        'output "x" {\n  value = file("../../../../shared/x")\n}\n',
        'output "x" {\n  value = file("${path.module}/\\u002e./\\u002e./x")\n}\n',
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "sh x"\n  }\n}\n',
        'data "external" "x" {\n  program = ["sh"]\n}\n',
    ],
)
def test_modules_that_may(tmp_path: Path, more: str) -> None:
    assert suspected(tmp_path, {f"{LOCAL}/main.tf": MODULE + more})


def test_modules_that_cannot(tmp_path: Path) -> None:
    inside = {
        f"{LOCAL}/main.tf": MODULE + 'module "a" {\n  source = "./a"\n}\n'
        'output "x" {\n  value = [for k, v in {} : concat([v]...)]\n}\n',
        f"{LOCAL}/a/main.tf": 'module "b" {\n  source = "../../../shared"\n}\n',
        "catalog/trial/shared/main.tf": 'output "x" {\n  value = file("${path.module}/../x.txt")\n}\n',
        "catalog/trial/x.txt": "x",
    }
    assert not suspected(tmp_path, inside)
    in_place = TEMPLATE + "modules: {local: ../../terraform/own}\n"
    outside = {
        "terraform/own/main.tf": MODULE + 'module "b" {\n  source = "../shared"\n}\n',
        "terraform/shared/main.tf": "",
    }
    (tmp_path / LOCAL / "main.tf").unlink()
    assert not suspected(tmp_path, outside, in_place)
    missing = {"terraform/shared/main.tf": 'output "x" {\n  value = fileset(path.module, "../*/x")\n}\n'}
    assert suspected(tmp_path, missing, in_place)


@pytest.mark.parametrize(
    ("task", "may"),
    [
        ("copy: {src: banner, dest: /etc/motd}", False),
        ("copy:\n        src: banner\n        dest: '{{ path }}'", False),
        ("template: {src: motd.j2, dest: '{{ path }}'}\n      when: a == 'b'", False),
        ("include_tasks: more.yml", False),
        ("copy: {src: ../shared/x, dest: /x}", True),
        ('include_tasks: "h\\x61rm.yml"', True),
        ("include_tasks: >-\n        {{ a ~ b }}", True),
        ("copy: {src: '{{ a ~ b }}', dest: /x}", True),
        ("script: '{{ a }}.sh'", True),
        ("copy: {content: \"{{ lookup('file', a) }}\", dest: /x}", True),
        ("command: sh x\n      delegate_to: localhost", True),
        ('copy: {src: "{% if a %}b{% endif %}", dest: /x}', True),
        ("command: 'cat {{ playbook_dir }}/x'", True),
    ],
)
@pytest.mark.parametrize("users", [True, False])
def test_playbooks(tmp_path: Path, task: str, may: bool, users: bool) -> None:
    place, said = ("playbooks/own.yml", "../../playbooks/own.yml") if users else ("catalog/trial/own.yml", "own.yml")
    assert suspected(tmp_path, {place: f"{TASK}{task}\n"}, f"{TEMPLATE}playbook: {said}\n") is may
    beside = f"{place.rpartition('/')[0]}/filter_plugins/x.py"
    assert suspected(tmp_path, {beside: "x = 1\n"}, f"{TEMPLATE}playbook: {said}\n")
