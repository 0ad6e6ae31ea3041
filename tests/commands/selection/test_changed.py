"""Choosing stacks by what has changed since a commit."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infraops.commands.context.surroundings import open_repo
from infraops.commands.plan import plan
from infraops.commands.selection.stacks import Selection, select
from infraops.errors import UsageError
from tests.commands.estate import blueprint, make_estate, surroundings

IDENTITY = ["-c", "user.name=team", "-c", "user.email=team@example.com"]


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *IDENTITY, *words], cwd=root, check=True, capture_output=True, text=True).stdout


def commit(root: Path, message: str = "change") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


@pytest.fixture(params=["", "platform/infra"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A committed control repo, at the top of its git repository and below it."""
    top = tmp_path / "git"
    names = {name: blueprint(name) for name in ("first", "second")}
    made = make_estate(top / request.param, {**names, "third": blueprint("third", inputs="{follows: first.id}")})
    git(top, "init", "-q", "-b", "main")
    (top / ".gitignore").write_text(".infraops/\n")
    commit(top)
    return made


def changed(root: Path, home: Path, reference: str = "main", **more: bool) -> set[str]:
    """Select as every command does; what comes after that is the same whatever was selected."""
    selection = Selection(environment="local", changed_since=reference, **more)  # type: ignore[arg-type]
    return {stack.blueprint for stack in select(open_repo(surroundings(root, home)).repo, selection)}


def append(path: str, text: str = "# more\n") -> Callable[[Path], None]:
    def work(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with (root / path).open("a") as file:
            file.write(text)

    return work


def rewrite(name: str, **how: str) -> Callable[[Path], None]:
    def work(root: Path) -> None:
        (root / f"blueprints/{name}.yaml").write_text(blueprint(name, **how))

    return work


EVERY = {"first", "second", "third"}
CHANGES: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "nothing": (lambda root: None, set()),
    "what nothing is made from": (append("blueprints/second.yaml", "tags: [a]\nsummary: new\n"), set()),
    "a parameter": (rewrite("second", parameters="{value: x}"), {"second"}),
    "a new blueprint": (append("blueprints/fourth.yaml", blueprint("fourth")), {"fourth"}),
    "the module": (append("catalog/trial/terraform/local/main.tf"), EVERY),
    "a new file in the module": (append("catalog/trial/terraform/local/more.tf"), EVERY),
    "a lock file": (append("inventories/local/locks/third.terraform.lock.hcl"), {"third"}),
    "a file that no stack is made from": (append("README.md"), set()),
}


@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize("what", CHANGES)
def test_content_decides(root: Path, tmp_path: Path, what: str, is_committed: bool) -> None:
    change, expected = CHANGES[what]
    git(root, "switch", "-q", "-c", "work")
    change(root)
    if is_committed and git(root, "status", "--porcelain"):
        commit(root)
    before = git(root, "status", "--porcelain")
    assert changed(root, tmp_path) == expected
    assert git(root, "status", "--porcelain") == before


def test_a_run_carries_what_has_changed_and_nothing_else(root: Path, tmp_path: Path) -> None:
    around = surroundings(root, tmp_path)
    selection = Selection(environment="local", changed_since="main")
    assert plan(selection, around).stacks == ()
    rewrite("second", parameters="{value: x}")(root)
    assert [stack.stack for stack in plan(selection, around).stacks] == ["local/second"]


def test_a_file_that_is_gone_counts(root: Path, tmp_path: Path) -> None:
    append("catalog/trial/terraform/local/more.tf")(root)
    commit(root)
    (root / "catalog/trial/terraform/local/more.tf").unlink()
    assert changed(root, tmp_path) == EVERY


def test_what_came_to_the_other_branch_meanwhile_does_not_count(root: Path, tmp_path: Path) -> None:
    git(root, "switch", "-q", "-c", "work")
    git(root, "switch", "-q", "main")
    append("catalog/trial/terraform/local/main.tf")(root)
    commit(root)
    git(root, "switch", "-q", "work")
    assert changed(root, tmp_path) == set()


def test_a_tag_that_is_called_like_the_branch_hides_nothing(root: Path, tmp_path: Path) -> None:
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    rewrite("first", parameters="{value: new}")(root)
    commit(root)
    for name in ("main", "origin/main"):
        git(root, "tag", name)
    git(root, "switch", "-q", "-c", "work", "refs/heads/main")
    git(root, "update-ref", "refs/heads/main", "refs/remotes/origin/main")
    assert changed(root, tmp_path, "origin/main") == {"first"}
    assert changed(root, tmp_path, "main") == {"first"}


def test_attributes_that_came_since_have_no_say_in_how_files_were(root: Path, tmp_path: Path) -> None:
    append(".gitattributes", "* text eol=crlf\n")(root)
    assert changed(root, tmp_path) == set()


def test_dependents_can_be_added(root: Path, tmp_path: Path) -> None:
    rewrite("first", parameters="{value: new}")(root)
    assert changed(root, tmp_path) == {"first"}
    assert changed(root, tmp_path, with_dependents=True) == {"first", "third"}


def test_where_the_repo_was_not_valid_everything_has_changed(root: Path, tmp_path: Path) -> None:
    before = (root / "blueprints/second.yaml").read_text()
    append("blueprints/second.yaml", "typo: 1\n")(root)
    commit(root)
    (root / "blueprints/second.yaml").write_text(before)
    assert changed(root, tmp_path) == EVERY


def test_a_commit_that_git_does_not_know(root: Path, tmp_path: Path) -> None:
    for reference in ("nowhere", "--upload-pack=x", ""):
        with pytest.raises(UsageError, match="no such commit"):
            changed(root, tmp_path, reference)


def test_a_directory_that_is_in_no_repository(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"first": blueprint("first")})
    with pytest.raises(UsageError, match="in no git repository"):
        changed(root, tmp_path)
