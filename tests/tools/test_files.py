import os
from pathlib import Path, PurePosixPath
from threading import Thread

import pytest

from infraops.errors import InfraOpsError
from infraops.tools.files import copy_template, write, write_file

TREE = {PurePosixPath("main.tf"): "one\n", PurePosixPath("group_vars/all.json"): "{}\n"}


def contents(directory: Path) -> dict[str, str]:
    return {str(p.relative_to(directory)): p.read_text() for p in sorted(directory.rglob("*")) if p.is_file()}


def test_only_changed_files_are_written(tmp_path: Path) -> None:
    assert set(write(TREE, tmp_path)) == set(TREE)
    before = {path: (tmp_path / path).stat().st_ino for path in TREE}
    assert write(TREE, tmp_path) == ()
    assert {path: (tmp_path / path).stat().st_ino for path in TREE} == before
    assert write({**TREE, PurePosixPath("main.tf"): "two\n"}, tmp_path) == (PurePosixPath("main.tf"),)


def test_stale_files_go_and_terraforms_own_stay(tmp_path: Path) -> None:
    own = {".terraform/modules/modules.json": "{}", ".terraform.lock.hcl": "", "inputs.auto.tfvars.json": "{}"}
    for name, text in {**own, "old.tf": "x", "group_vars/old.json": "x"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    changed = write(TREE, tmp_path)
    assert {PurePosixPath("old.tf"), PurePosixPath("group_vars/old.json")} < set(changed)
    assert contents(tmp_path) == {**own, **{str(path): text for path, text in TREE.items()}}


def test_a_file_is_never_more_open_than_asked(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_file(path, "x", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert write_file(path, "x", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    write_file(tmp_path / "file", "old")
    with pytest.raises(UnicodeEncodeError):
        write_file(tmp_path / "file", "\ud800")
    assert contents(tmp_path) == {"file": "old"}


def test_a_template_is_mirrored(tmp_path: Path) -> None:
    template, copy = tmp_path / "template", tmp_path / "copy"
    write({PurePosixPath("terraform/lab/main.tf"): "m", PurePosixPath("roles/run.sh"): "#!/bin/sh\n"}, template)
    (template / "roles/run.sh").chmod(0o755)
    (template / "terraform/lab/.terraform").mkdir()
    (template / "terraform/lab/.terraform/x").write_text("x")
    assert copy_template(template, copy)
    assert contents(copy) == {"roles/run.sh": "#!/bin/sh\n", "terraform/lab/main.tf": "m"}
    assert os.access(copy / "roles/run.sh", os.X_OK)
    inode = (copy / "terraform/lab/main.tf").stat().st_ino
    assert not copy_template(template, copy)
    assert (copy / "terraform/lab/main.tf").stat().st_ino == inode
    (template / "roles/run.sh").unlink()
    assert copy_template(template, copy)
    assert contents(copy) == {"terraform/lab/main.tf": "m"}


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    (tmp_path / "template/roles.yml").symlink_to("nothing")
    with pytest.raises(InfraOpsError, match=r"roles\.yml: No such file"):
        copy_template(tmp_path / "template", tmp_path / "copy")


def test_many_may_copy_one_template_at_once(tmp_path: Path) -> None:
    template, copy = tmp_path / "template", tmp_path / "copy"
    write({PurePosixPath(f"roles/{number}.yml"): str(number) for number in range(30)}, template)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            copy_template(template, copy)
        except BaseException as error:
            problems.append(error)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert contents(copy) == contents(template)
