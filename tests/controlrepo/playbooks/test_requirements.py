"""What is read of requirements.yml: how much is asked for, what has no version, and what makes it another file."""

from pathlib import Path

import pytest

from infraops.controlrepo.playbooks.files import playbook_files
from infraops.controlrepo.playbooks.requirements import read_requirements
from infraops.errors import InfraOpsError
from infraops.models.files.requirements import Requirements
from tests.controlrepo.trees import write_tree


def read(root: Path, text: str) -> Requirements:
    write_tree(root, {"requirements.yml": text})
    found = read_requirements(root, root)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "summary", "unpinned"),
    [
        ("roles: [a.b, {name: c.d, version: 1.0.0}]\n", "2 roles", ("a.b",)),
        ("- a.b\n- {src: c.d, version: v1}\n- 'e.f,v1'\n", "3 roles", ("a.b",)),
        ("- src: https://u:word@example.com/role.git\n", "1 role", ("https://example.com/role.git",)),
        ("- src: https://example.com/role-1.0.tar.gz\n", "1 role", ()),
        (
            "collections: [a.b, {name: c.d, version: '*'}, {name: e.f, version: '>=1'}]\n",
            "3 collections",
            ("a.b", "c.d"),
        ),
        ("collections: [{name: ./here, type: dir}]\nroles: [{name: x.y}]\n", "1 role, 1 collection", ("x.y",)),
    ],
)
def test_what_is_asked_for_is_counted(tmp_path: Path, text: str, summary: str, unpinned: tuple[str, ...]) -> None:
    write_tree(tmp_path, {"here/galaxy.yml": "name: here\n"})
    found = read(tmp_path, text)
    assert (found.summary, found.unpinned) == (summary, unpinned)


@pytest.mark.parametrize("text", ["", "---\n", "[]\n", "roles: []\ncollections:\n"])
def test_an_empty_file_requires_nothing(tmp_path: Path, text: str) -> None:
    write_tree(tmp_path, {"requirements.yml": text})
    assert read_requirements(tmp_path, tmp_path) is None


@pytest.mark.parametrize("text", ["roles: x\n", "x\n", "things: []\n", "roles: [\n", "roles: !x [a]\n", "1\n"])
def test_what_ansible_would_not_take_is_refused(tmp_path: Path, text: str) -> None:
    write_tree(tmp_path, {"requirements.yml": text})
    with pytest.raises(InfraOpsError, match=r"reading requirements\.yml"):
        read_requirements(tmp_path, tmp_path)


def test_what_lies_on_this_machine_counts_with_its_content(tmp_path: Path) -> None:
    text = "collections: [{name: vendor/here, type: dir}]\n"
    write_tree(tmp_path, {"vendor/here/galaxy.yml": "name: here\n", "other/galaxy.yml": "name: other\n"})
    before = read(tmp_path, text).digest
    write_tree(tmp_path, {"other/galaxy.yml": "name: changed\n"})
    assert read(tmp_path, text).digest == before
    write_tree(tmp_path, {"vendor/here/galaxy.yml": "name: changed\n"})
    assert read(tmp_path, text).digest != before


def test_requirements_count_in_the_playbooks_digest(tmp_path: Path) -> None:
    files = {
        "site.yml": "- hosts: all\n",
        "requirements.yml": "collections: [{name: ./vendor/x.tar.gz, type: file}]\n",
        "roles/requirements.yml": "[]\n",
        "collections/requirements.yml": "collections: []\n",
        "vendor/x.tar.gz": "",
        "notes.yml": "",
    }
    write_tree(tmp_path, files)
    assert sorted(name for name, _ in playbook_files(tmp_path, "site.yml")) == sorted(files.keys() - {"notes.yml"})
