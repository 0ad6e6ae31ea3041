"""What a digest notices, and what it must not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from infraops.controlrepo.digests import Snapshot, inputs_digest, playbook_digest
from infraops.controlrepo.files import contents
from infraops.controlrepo.files.contents import file_digest
from infraops.controlrepo.load import load
from infraops.errors import InfraOpsError
from infraops.models.stacks.stack import Stack
from tests.controlrepo.trees import CATALOG, ENVIRONMENT, REPO, TEMPLATE, VARIABLES, blueprint, write_tree

SHOP = "blueprints/shop.yaml"
LAB = "inventories/lab/environment.yaml"
LAB_FILE = ENVIRONMENT.format(name="lab", platform="lab")
PLAYED = TEMPLATE.replace(
    "  network:", "  play: {type: playbook}\n  files: {type: list, items: path, used_by: [playbook]}\n  network:"
)
FILES = {
    **REPO,
    SHOP: blueprint("parameters: {play: playbooks/site.yml, files: [data/a, data/tree]}\n"),
    "data/a": "a",
    "data/b": "b",
    "data/tree/x/y": "y",
    "playbooks/site.yml": "- hosts: all\n  roles: [web]\n- import_playbook: more.yml\n",
    "playbooks/more.yml": "- hosts: all\n  roles:\n    - role: base\n",
    "playbooks/other.yml": "- hosts: all\n  roles: [unused]\n",
    "playbooks/roles/web/tasks/main.yml": "- ansible.builtin.command: 'true'\n",
    "playbooks/roles/base/meta/main.yml": "dependencies: [deep]\n",
    "playbooks/roles/deep/files/motd": "hello\n",
    "playbooks/roles/unused/tasks/main.yml": "[]\n",
    "playbooks/files/banner": "x",
    "playbooks/notes.txt": "nobody mentions this",
    "inventories/lab/group_vars/all.yml": "a: 1\n",
    "inventories/prod/group_vars/all.yml": "a: 1\n",
    "README.md": "x",
}
BUILT_IN = {**CATALOG, "web/template.yaml": PLAYED, "web/roles/r/tasks/main.yml": "[]\n", "web/README.md": "x"}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    write_tree(tmp_path / "built-in", BUILT_IN)
    return write_tree(tmp_path / "repo", FILES)


def shop(repo: Path) -> Stack:
    return load(repo, built_in=repo.parent / "built-in").stacks["lab/shop"]


def digests(repo: Path) -> tuple[str, str]:
    stack = shop(repo)
    return inputs_digest(stack, repo), playbook_digest(stack, repo)


def edit(name: str, content: str) -> Callable[[Path], object]:
    return lambda repo: write_tree(repo, {name: content})


PLAY_CHANGES = {
    "playbook": edit("playbooks/site.yml", FILES["playbooks/site.yml"] + "# x\n"),
    "imported playbook": edit("playbooks/more.yml", FILES["playbooks/more.yml"] + "# x\n"),
    "role": edit("playbooks/roles/web/tasks/main.yml", "[]\n"),
    "role of an imported playbook": edit("playbooks/roles/base/tasks/main.yml", "[]\n"),
    "role of a role": edit("playbooks/roles/deep/files/motd", "bye\n"),
    "file of a role that is gone": lambda repo: (repo / "playbooks/roles/deep/files/motd").unlink(),
    "file beside the playbook": edit("playbooks/files/banner", "y"),
    "executable bit": lambda repo: (repo / "playbooks/files/banner").chmod(0o755),
    "plugin": edit("playbooks/filter_plugins/f.py", "x = 1\n"),
    "group_vars": edit("inventories/lab/group_vars/all.yml", "a: 2\n"),
    "new host_vars": edit("inventories/lab/host_vars/h.yml", "a: 2\n"),
    "file named by a parameter": edit("data/a", "other"),
    "file in a tree named by a parameter": edit("data/tree/x/z", ""),
}
INPUT_CHANGES = {
    "parameter": edit(
        SHOP, blueprint("parameters: {play: playbooks/site.yml, files: [data/a, data/tree], hosts: 2}\n")
    ),
    "owner": edit(SHOP, FILES[SHOP].replace("team-shop", "team-web")),
    "reference of a secret": edit(SHOP, FILES[SHOP].replace("{play", "{token: env:X, play")),
    "module": edit("../built-in/web/terraform/lab/main.tf", CATALOG["web/terraform/lab/main.tf"] + "# x\n"),
    "file of the module": edit("../built-in/web/terraform/lab/cloud-init.sh", "x"),
    "template.yaml": edit("../built-in/web/template.yaml", PLAYED + "# x\n"),
    "state backend": edit(LAB, LAB_FILE + "state: {backend: pg}\n"),
    "variable of the module": edit(LAB, LAB_FILE + "variables: {hosts: 4}\n"),
    "machines of the blueprint": edit(LAB, LAB_FILE + "hosts: {shop: {a: {address: 10.0.0.1}}}\n"),
}
NO_CHANGES = {
    "README": edit("README.md", "y"),
    "README of the template": edit("../built-in/web/README.md", "y"),
    "other playbook": edit("playbooks/other.yml", "[]\n"),
    "unused role": edit("playbooks/roles/unused/tasks/main.yml", "- {}\n"),
    "text beside the playbook": edit("playbooks/notes.txt", "changed"),
    "other file": edit("data/b", "c"),
    "other environment": edit("inventories/prod/group_vars/all.yml", "a: 2\n"),
    "change rules": edit(LAB, LAB_FILE + "change: {confirm_name: true}\n"),
    "comment in the environment": edit(LAB, LAB_FILE + "# x\n"),
    "comment in the blueprint": edit(SHOP, FILES[SHOP] + "# x\n"),
    "summary": edit(SHOP, FILES[SHOP] + "summary: x\n"),
    "variable nobody takes": edit(LAB, LAB_FILE + "variables: {zone: a}\n"),
    "other platform's module": edit(
        "../built-in/web/terraform/aws/main.tf", CATALOG["web/terraform/aws/main.tf"] + "#\n"
    ),
    "another blueprint": edit("blueprints/new.yaml", blueprint(name="new")),
    "bytecode": edit("playbooks/filter_plugins/__pycache__/f.pyc", "x"),
}


@pytest.mark.parametrize("change", PLAY_CHANGES.values(), ids=PLAY_CHANGES)
def test_what_configures_hosts_changes_both_digests(repo: Path, change: Callable[[Path], object]) -> None:
    before = digests(repo)
    change(repo)
    after = digests(repo)
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize("change", INPUT_CHANGES.values(), ids=INPUT_CHANGES)
def test_what_else_a_stack_is_made_from_changes_the_inputs_digest_alone(
    repo: Path, change: Callable[[Path], object]
) -> None:
    before = digests(repo)
    change(repo)
    after = digests(repo)
    assert before[0] != after[0]
    assert before[1] == after[1]


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES)
def test_what_a_stack_is_not_made_from_changes_nothing(repo: Path, change: Callable[[Path], object]) -> None:
    before = digests(repo)
    change(repo)
    assert digests(repo) == before


def test_a_templates_own_playbook_counts_with_its_roles(repo: Path) -> None:
    (repo / SHOP).write_text(blueprint())
    before = digests(repo)
    write_tree(repo.parent / "built-in", {"web/roles/r/tasks/main.yml": "- {}\n"})
    changed = digests(repo)
    assert before[0] != changed[0]
    assert before[1] != changed[1]
    write_tree(repo, {"playbooks/site.yml": "[]\n"})
    assert digests(repo) == changed


@pytest.mark.parametrize(
    "task",
    [
        '    - ansible.builtin.include_role:\n        name: "{{ chosen }}"\n',
        "    - ansible.builtin.include_tasks: '{{ chosen }}.yml'\n",
        "  roles:\n    - role: '{{ chosen }}'\n",
        '  roles:\n    - "{{ chosen }}"\n',
    ],
)
def test_where_a_name_is_computed_everything_beside_it_counts(repo: Path, task: str) -> None:
    write_tree(repo, {"playbooks/site.yml": "- hosts: all\n  tasks:\n" + task})
    before = digests(repo)
    write_tree(repo, {"playbooks/roles/unused/tasks/main.yml": "- {}\n"})
    assert digests(repo)[1] != before[1]


@pytest.mark.parametrize(
    ("file", "mention"),
    [
        ("collections/ansible_collections/our/own/roles/web/tasks/main.yml", "    - our.own.task:\n"),
        (".hidden.yml", "    - include_tasks: .hidden.yml\n"),
    ],
)
def test_no_part_of_a_playbook_is_out_of_sight(repo: Path, file: str, mention: str) -> None:
    write_tree(repo, {"playbooks/site.yml": f"- hosts: all\n  tasks:\n{mention}", f"playbooks/{file}": "[]\n"})
    before = digests(repo)
    write_tree(repo, {f"playbooks/{file}": "- {}\n"})
    assert digests(repo)[1] != before[1]


@pytest.mark.parametrize(
    ("by", "text"), [("a.json", '[{"include_tasks": "b.yml"}]'), ("a.j2", "{% include 'b.yml' %}")]
)
def test_files_that_are_no_yaml_mention_others_too(repo: Path, by: str, text: str) -> None:
    site = f"- hosts: all\n  tasks:\n    - include_tasks: {by}\n"
    write_tree(repo, {"playbooks/site.yml": site, f"playbooks/{by}": text, "playbooks/b.yml": "[]\n"})
    before = digests(repo)
    write_tree(repo, {"playbooks/b.yml": "- {}\n"})
    assert digests(repo)[1] != before[1]


def test_a_module_that_reaches_out_of_its_directory_counts_with_the_whole_template(repo: Path) -> None:
    module = VARIABLES + CATALOG["web/terraform/aws/main.tf"].removeprefix(VARIABLES)
    module += 'module "shared" { source = "../../shared" }\n'
    write_tree(repo.parent / "built-in", {"web/terraform/lab/main.tf": module, "web/shared/main.tf": "# a\n"})
    before = digests(repo)
    write_tree(repo.parent / "built-in", {"web/shared/main.tf": "# b\n"})
    assert digests(repo)[0] != before[0]


def test_the_same_content_elsewhere_has_the_same_digest(repo: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "again" / "built-in", BUILT_IN)
    again = write_tree(tmp_path / "again" / "repo", FILES)
    assert digests(repo) == digests(again)


def test_circles_of_links_end(repo: Path) -> None:
    (repo / "data/tree/x/up").symlink_to("..")
    (repo / "data/tree/x/gone").symlink_to("nowhere")
    assert len(digests(repo)[0]) == 64


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tree(tmp_path, {"f": "one"}) / "f"
    opened: list[object] = []

    def watched(name: str, mode: str) -> object:
        opened.append(name)
        return Path(name).open(mode)

    monkeypatch.setattr(contents, "open", watched, raising=False)
    assert file_digest(path) == file_digest(path)
    assert len(opened) == 1
    before = file_digest(path)
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    assert file_digest(path) != before
    assert len(opened) == 2


def test_a_snapshot_looks_at_shared_trees_once(repo: Path) -> None:
    stack, snapshot = shop(repo), Snapshot()
    before = playbook_digest(stack, repo, snapshot)
    write_tree(repo, {"playbooks/site.yml": "[]\n"})
    assert playbook_digest(stack, repo, snapshot) == before
    assert playbook_digest(stack, repo) != before
    assert inputs_digest(stack, repo, Snapshot()) == inputs_digest(stack, repo)


def test_a_file_that_has_gone_is_named(repo: Path) -> None:
    stack = shop(repo)
    (repo.parent / "built-in/web/template.yaml").unlink()
    with pytest.raises(InfraOpsError) as caught:
        inputs_digest(stack, repo)
    assert "template.yaml cannot be read" in caught.value.problem
