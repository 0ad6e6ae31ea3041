from pathlib import Path

import git
import pytest

from infraops.models.ledger.runs import GitState
from infraops.tools.git.commits import describe


@pytest.fixture
def repo(tmp_path: Path) -> git.Repo:
    repo = git.Repo.init(tmp_path / "repo", initial_branch="main")
    with repo.config_writer() as config:
        config.set_value("user", "name", "Test")
        config.set_value("user", "email", "test@example.org")
    return repo


def commit(repo: git.Repo, files: dict[str, str]) -> str:
    root = Path(repo.working_dir)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    repo.git.add("--all")
    repo.git.commit("--message", "change")
    return str(repo.head.commit.hexsha)


def test_no_repository_and_no_commit_are_no_state(tmp_path: Path, repo: git.Repo) -> None:
    assert describe(tmp_path) is None
    assert describe(tmp_path / "missing") is None
    assert describe(Path(repo.working_dir)) is None


def test_commit_branch_and_how_many_files_differ(repo: git.Repo) -> None:
    root = Path(repo.working_dir)
    sha = commit(repo, {"infraops.yaml": "a", "blueprints/web.yaml": "b", ".gitignore": ".infraops/\n"})
    assert describe(root) == GitState(sha, "main")

    (root / "infraops.yaml").write_text("changed")
    (root / "blueprints" / "web.yaml").rename(root / "blueprints" / "shop ü.yaml")
    (root / ".infraops").mkdir()
    (root / ".infraops" / "rendered").write_text("ignored")

    assert describe(root) == GitState(sha, "main", dirty=True, files_changed=3)


def test_a_detached_head_has_no_branch(repo: git.Repo) -> None:
    sha = commit(repo, {"a": "1"})
    repo.git.checkout("--detach")

    assert describe(Path(repo.working_dir)) == GitState(sha)


def test_changes_outside_the_control_repo_do_not_count(repo: git.Repo) -> None:
    root = Path(repo.working_dir)
    sha = commit(repo, {"infra/infraops.yaml": "a", "app/main.py": "b"})
    (root / "app" / "main.py").write_text("changed")

    assert describe(root / "infra") == GitState(sha, "main")
