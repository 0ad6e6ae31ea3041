import os
import subprocess
from pathlib import Path

import git
import pytest

from infraops.errors import InfraOpsError, UsageError
from infraops.tools.git.branches import Branch, find_branch
from infraops.tools.git.commits import Signed, leads_to, signers_of
from infraops.tools.git.files import check_out, read_at
from tests.tools.git.test_commits import commit, repo

__all__ = ["repo"]


def test_without_a_remote_nothing_is_protected_unless_it_is_named(repo: git.Repo, tmp_path: Path) -> None:
    root = Path(repo.working_dir)
    sha = commit(repo, {"a": "1"})

    assert find_branch(tmp_path, None) is None
    assert find_branch(root, None) is None
    assert find_branch(root, "main") == Branch("main", sha)
    with pytest.raises(UsageError, match="no such branch"):
        find_branch(root, "none")
    with pytest.raises(UsageError, match="no such branch"):
        find_branch(tmp_path, "main")


def test_what_the_remote_has_counts_and_not_what_was_committed_here(repo: git.Repo, tmp_path: Path) -> None:
    pushed = commit(repo, {"a": "1"})
    clone = git.Repo.clone_from(str(repo.working_dir), tmp_path / "clone")
    with clone.config_writer() as config:
        config.set_value("user", "name", "Test")
        config.set_value("user", "email", "test@example.org")
    here = commit(clone, {"a": "2"})
    root = tmp_path / "clone"

    assert find_branch(root, None) == Branch("origin/main", pushed)
    assert find_branch(root, "main") == Branch("origin/main", pushed)
    assert read_at(root, pushed, "a") == b"1"
    assert read_at(root, here, "a") == b"2"
    assert read_at(root, here, "none") is None
    assert leads_to(root, pushed, here)
    assert not leads_to(root, here, pushed)
    assert not leads_to(root, "0" * 40, here)


@pytest.fixture
def clone(repo: git.Repo, tmp_path: Path) -> git.Repo:
    """Return a clone in which what stands here differs from what was pushed."""
    commit(repo, {"a": "1"})
    clone = git.Repo.clone_from(str(repo.working_dir), tmp_path / "clone")
    with clone.config_writer() as config:
        config.set_value("user", "name", "Test")
        config.set_value("user", "email", "test@example.org")
    commit(clone, {"a": "2"})
    return clone


@pytest.mark.parametrize("named", [None, "main", "origin/main"])
@pytest.mark.parametrize(
    "ref", ["refs/tags/origin/main", "refs/tags/origin/HEAD", "refs/heads/origin/main", "refs/tags/main"]
)
def test_a_tag_or_a_branch_that_is_called_like_the_protected_branch(
    clone: git.Repo, named: str | None, ref: str
) -> None:
    pushed = clone.commit("origin/main").hexsha
    clone.git.update_ref(ref, "HEAD")
    assert find_branch(Path(clone.working_dir), named) == Branch("origin/main", pushed)


def test_a_branch_of_the_remote_that_is_called_like_another_with_its_remote(clone: git.Repo) -> None:
    pushed = clone.commit("origin/main").hexsha
    clone.git.update_ref("refs/remotes/origin/origin/main", "HEAD")
    assert find_branch(Path(clone.working_dir), "origin/main") == Branch("origin/main", pushed)


def test_a_tag_does_not_stand_in_for_a_branch_that_was_not_fetched(clone: git.Repo) -> None:
    root = Path(clone.working_dir)
    clone.git.tag("release")
    with pytest.raises(UsageError, match="no such branch"):
        find_branch(root, "release")
    sha = clone.head.commit.hexsha
    assert find_branch(root, sha) == Branch(sha, sha)


def test_somebody_pushes_main_where_master_is_protected(clone: git.Repo) -> None:
    root = Path(clone.working_dir)
    clone.git.update_ref("refs/remotes/origin/master", "origin/main")
    assert find_branch(root, None) is not None
    clone.git.symbolic_ref("--delete", "refs/remotes/origin/HEAD")  # as in a clone that CI made
    with pytest.raises(UsageError, match="does not know which of them it starts with"):
        find_branch(root, None)


def test_attributes_of_what_is_checked_out_have_no_say_in_other_files(repo: git.Repo, tmp_path: Path) -> None:
    root = Path(repo.working_dir)
    sha = commit(repo, {"infraops.yaml": "1 + 1"})
    (root / ".gitattributes").write_text("infraops.yaml working-tree-encoding=UTF-7\n")
    check_out(root, sha, tmp_path / "then" / "repo", patterns=("infraops.yaml",))
    assert (tmp_path / "then/repo/infraops.yaml").read_bytes() == b"1 + 1"


@pytest.mark.parametrize("below", ["", "infra/"])
def test_chosen_files_of_a_commit_are_written_elsewhere(repo: git.Repo, tmp_path: Path, below: str) -> None:
    files = {"infraops.yaml": "a", "inventories/lab/environment.yaml": "b", "policies/x/y.yaml": "c", "big": "d"}
    sha = commit(repo, {f"{below}{name}": text for name, text in files.items()})
    commit(repo, {f"{below}infraops.yaml": "changed"})
    root = Path(repo.working_dir) / below

    check_out(
        root,
        sha,
        tmp_path / "then" / "repo",
        patterns=("infraops.yaml", "inventories/*/environment.yaml", "policies/**", "no"),
    )

    found = sorted(path for path in (tmp_path / "then" / "repo").rglob("*") if path.is_file())
    assert {str(path.relative_to(tmp_path / "then" / "repo")): path.read_text() for path in found} == {
        "infraops.yaml": "a",
        "inventories/lab/environment.yaml": "b",
        "policies/x/y.yaml": "c",
    }
    assert read_at(root, sha, "infraops.yaml") == b"a"
    assert not repo.is_dirty()


def test_signatures_of_known_keys_name_the_authors(repo: git.Repo, tmp_path: Path) -> None:
    root = Path(repo.working_dir)
    since = commit(repo, {"a": "1"})
    for name in ("ann", "bob"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    signers = f"ann@example.org {(tmp_path / 'ann.pub').read_text()}"

    def signed(name: str, files: dict[str, str]) -> None:
        for file, text in files.items():
            (root / file).parent.mkdir(exist_ok=True)
            (root / file).write_text(text)
        repo.git.add("--all")
        key = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={tmp_path / name}")
        repo.git.execute(["git", *key, "commit", "--gpg-sign", "--message", name], env=dict(os.environ))

    assert signers_of(root, since, signers=signers, without="approvals") == Signed()
    signed("ann", {"a": "2"})
    signed("bob", {"approvals/x": "2"})
    assert signers_of(root, since, signers=signers, without="approvals") == Signed(("ann@example.org",))
    signed("bob", {"a": "3"})
    commit(repo, {"a": "4"})
    assert signers_of(root, since, signers=signers, without="approvals") == Signed(("ann@example.org",), 2)


@pytest.mark.parametrize("below", ["", "infra/"])
def test_links_lead_where_they_led_at_that_commit(repo: git.Repo, tmp_path: Path, below: str) -> None:
    root = Path(repo.working_dir) / below
    (root / "inventories").mkdir(parents=True)
    for name, leads in {
        "inventories/lab": "../kept/lab", "kept/lab": "here", "infraops.yaml": "./kept/settings.yaml",
        "round": "about", "about": "round", "out": "../../../x", "absolute": "/etc/passwd", "nowhere": "none",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(leads)
    files = {"kept/settings.yaml": "a", "kept/here/environment.yaml": "b"}
    sha = commit(repo, {f"{below}{name}": text for name, text in files.items()})
    repo.git.add("--all")
    repo.git.commit("--amend", "--no-edit")
    sha = repo.head.commit.hexsha
    commit(repo, {f"{below}kept/settings.yaml": "changed", f"{below}kept/here/environment.yaml": "changed"})

    assert read_at(root, sha, "infraops.yaml") == b"a"
    assert read_at(root, sha, "inventories/lab/environment.yaml") == b"b"
    for name in ("round", "out", "absolute", "nowhere", "inventories/lab"):
        assert read_at(root, sha, name) is None, name
    check_out(root, sha, tmp_path / "then/repo", patterns=("infraops.yaml", "inventories/*/environment.yaml"))
    assert (tmp_path / "then/repo/infraops.yaml").read_text() == "a"
    assert (tmp_path / "then/repo/inventories/lab/environment.yaml").read_text() == "b"


def test_rules_in_a_submodule_are_not_taken_for_none(repo: git.Repo, tmp_path: Path) -> None:
    """No commit here holds its files, and a branch chooses which of its commits is checked out."""
    root = Path(repo.working_dir)
    sha = commit(repo, {"infraops.yaml": "a"})
    for name in ("roles", "policies/shared"):
        repo.git.update_index("--add", "--cacheinfo", f"160000,{sha},{name}")
    repo.git.commit("--message", "submodules")
    then = repo.head.commit.hexsha
    check_out(root, then, tmp_path / "fine/repo", patterns=("infraops.yaml", "inventories/*/environment.yaml"))
    with pytest.raises(InfraOpsError, match="policies/shared is a submodule there"):
        check_out(root, then, tmp_path / "then/repo", patterns=("infraops.yaml", "policies/**"))
