"""The git repository around the control repo: where it is, what it is set to, and that there is one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from git import Repo


@contextmanager
def opened(root: Path) -> "Iterator[Repo | None]":
    """Open the repository that the directory is part of; None where it is in none, or there is no git."""
    try:
        # GitPython asks for the git program when it is imported.
        import git
    except ImportError:
        yield None
        return
    try:
        repo = git.Repo(root, search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        yield None
        return
    with repo:
        yield repo


def top_of(root: Path) -> Path:
    """Return the top of the work tree that the directory is part of; the directory itself where it is in none."""
    with opened(root) as repo:
        return root if repo is None else Path(str(repo.working_tree_dir or root)).resolve()


def below(repo: "Repo", root: Path) -> str:
    """Return where a directory stands in its work tree: "" at its top, else with a slash at its end."""
    found = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve()).as_posix()
    return "" if found == "." else f"{found}/"


def make_repository(root: Path) -> bool:
    """Make the directory a git repository unless it is inside one, or there is no git; say whether it was made."""
    try:
        import git
    except ImportError:
        return False
    try:
        git.Repo(root, search_parent_directories=True).close()
    except git.InvalidGitRepositoryError:
        git.Repo.init(root).close()
        return True
    return False


def signing_key(root: Path) -> str:
    """Return the SSH key that git signs with here, as its settings name it; empty where they name none."""
    with opened(root) as repo:
        if repo is None:
            return ""
        with repo.config_reader() as settings:
            form = settings.get_value("gpg", "format", default="openpgp")
            key = str(settings.get_value("user", "signingkey", default=""))
            return key if form == "ssh" and not key.startswith(("key::", "ssh-")) else ""


def ignored_by_git(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return which of these paths below `root` git would not take into a commit; none where there is no repository."""
    with opened(root) as repo, TemporaryFile() as asked:
        if repo is None:
            return ()
        asked.write("\0".join(paths).encode())
        asked.seek(0)
        # Whether any is ignored is told by the exit code as well, which is no failure.
        _, told, _ = repo.git.execute(
            ["git", "-C", str(root), "check-ignore", "-z", "--stdin"],
            istream=asked,
            with_extended_output=True,
            with_exceptions=False,
        )
        return tuple(path for path in str(told).split("\0") if path)
