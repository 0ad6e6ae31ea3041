"""Files that become others between the signature and the apply, although no digest of the stack counts them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.approval.test_more_attacks import told
from tests.approval.world import World, make_world, reviewed, signed
from tests.commands.estate import MODULE, TEMPLATE, blueprint
from tests.commands.test_drift import MODULE as HOST
from tests.commands.test_drift import TEMPLATE as NOTE

LOCAL = "catalog/own/terraform/local"


def runs(command: str) -> str:
    return f'resource "terraform_data" "run" {{\n  provisioner "local-exec" {{\n    command = "{command}"\n  }}\n}}\n'


def module(more: str) -> dict[str, str]:
    return {
        "blueprints/own.yaml": blueprint("own").replace("trial@1.0", "own@1.0"),
        "catalog/own/template.yaml": TEMPLATE.replace("name: trial", "name: own"),
        "catalog/own/README.md": "# own\n",
        f"{LOCAL}/main.tf": MODULE + more,
    }


def play(task: str, note: Path) -> dict[str, str]:
    return {
        "blueprints/own.yaml": blueprint("own", parameters=f"{{path: {note}}}").replace("trial@1.0", "note@1.0"),
        "catalog/note/template.yaml": NOTE.replace("playbook.yml", "../../playbooks/note.yml"),
        "catalog/note/README.md": "# note\n",
        "catalog/note/terraform/local/main.tf": HOST,
        "playbooks/note.yml": f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}\n",
    }


def bring(world: World, files: dict[str, str], message: str, branch: str) -> None:
    for path, text in files.items():
        world.write("ann", path, text)
    world.git("ann", "add", "--force", "--all")
    world.commit("ann", message, push=branch)


CASES: dict[str, tuple[Callable[[Path], dict[str, str]], str]] = {
    "a module below, which calls one beside its own": (
        lambda note: {**module('module "a" {\n  source = "./a"\n}\n'), f"{LOCAL}/a/main.tf":
            'module "b" {\n  source = "../../../b"\n}\n',
            "catalog/own/b/main.tf": runs("sh ${path.module}/x.sh")},
        "catalog/own/b/x.sh",
    ),
    "a file of the control repo": (lambda note: module(runs("sh ${path.root}/../../../../data/x")), "data/x"),
    "a file that passes for what programs leave": (
        lambda note: play(f"ansible.builtin.script: __pycache__/x {note}", note),
        "playbooks/files/__pycache__/x",
    ),
    "a task whose file is spelt otherwise": (
        lambda note: play(f'ansible.builtin.shell: "sh {{{{ playbook_dir }}}}/../d\\x61ta/x > {note}.log"', note),
        "data/x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_nothing_counts_is_changed_after_the_signature(tmp_path: Path, case: str) -> None:
    world, note = make_world(tmp_path / "world"), tmp_path / "note.txt"
    files, file = CASES[case]
    world.check_out("ann", "main")
    bring(world, {**files(note), file: f"echo fine > {note}\n"}, "Own", "own")
    signed(world, reviewed(world, "own", "own"), branch="own")
    world.check_out("ann", "own")
    bring(world, {file: f"echo evil > {note}\n"}, "A detail", "own")
    found = world.apply("own", branch="own")
    assert found.code == 6, found.out
    assert "have changed since" in found.err
    assert not note.exists()

    told(world, "own", "bob", "own")
    assert note.read_text() == "evil\n", "what bob saw is what is done"


def test_a_module_that_is_fetched_moves_on(tmp_path: Path) -> None:
    world, note, source = make_world(tmp_path / "world"), tmp_path / "note.txt", tmp_path / "module"
    subprocess.run(["git", "init", "--quiet", str(source)], check=True)

    def say(word: str) -> None:
        (source / "x.sh").write_text(f"echo {word} > {note}\n")
        for words in (["add", "--all"], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", word]):
            subprocess.run(["git", *words], cwd=source, check=True)

    (source / "main.tf").write_text(runs("sh ${path.module}/x.sh"))
    say("fine")
    world.check_out("ann", "main")
    bring(world, module(f'module "m" {{\n  source = "git::file://{source}"\n}}\n'), "Own", "own")
    signed(world, reviewed(world, "own", "own"), branch="own")
    say("evil")
    shutil.rmtree(world.checkout("ci") / ".infraops")
    found = world.apply("own", branch="own")
    assert found.code == 6, found.out
    assert not note.exists()


def test_what_is_merged_for_others_voids_no_approval(tmp_path: Path) -> None:
    """Whoever reads a file beside its own is asked again where such files change, and where blueprints do is not."""
    world, note = make_world(tmp_path / "world"), tmp_path / "note.txt"
    world.check_out("ann", "main")
    files = module(runs("sh ${path.root}/../../../../data/x"))
    bring(world, {**files, "data/x": f"echo fine > {note}\n"}, "Own", "own")
    signed(world, reviewed(world, "own", "own"), branch="own")
    world.check_out("ann", "own")
    world.edit("ann", "blueprints/first.yaml", "value: one", "value: two")
    bring(world, {"inventories/local/locks/first.terraform.lock.hcl": "# none\n"}, "Of others", "own")
    found = world.apply("own", branch="own")
    assert found.code == 0, found.err
    assert note.read_text() == "fine\n"
