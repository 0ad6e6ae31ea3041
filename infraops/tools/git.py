"""What git says about the control repo, for the record of a run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from infraops.errors import UsageError
from infraops.models.runs.record import GitState

if TYPE_CHECKING:
    from git import Repo


def describe(root: Path) -> GitState | None:
    """Return the commit the directory stands at and what differs from it there; None where there is no commit.

    Changes elsewhere in the repository do not count. Where git refuses to compare (a repository that belongs to
    another user), the state counts as dirty.
    """
    try:
        # GitPython asks for the git program when it is imported.
        import git
    except ImportError:
        return None
    try:
        repo = git.Repo(root, search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return None
    with repo:
        try:
            commit = repo.head.commit.hexsha
        except ValueError:  # a branch without a commit yet
            return None
        branch = None if repo.head.is_detached else repo.active_branch.name
        try:
            repo.git.update_environment(GIT_OPTIONAL_LOCKS="0")  # do not write the index of a repo others work in
            output = repo.git.execute(
                ["git", "-C", str(root), "status", "--porcelain", "-z", "--no-renames", "--", "."]
            )
        except git.GitCommandError:
            return GitState(commit, branch, dirty=True)
        changed = sum(1 for entry in str(output).split("\0") if entry)
        return GitState(commit, branch, dirty=changed > 0, files_changed=changed)


def top_of(root: Path) -> Path:
    """Return the top of the work tree that the directory is part of; the directory itself where it is in none."""
    try:
        import git
    except ImportError:
        return root
    try:
        with git.Repo(root, search_parent_directories=True) as repo:
            return Path(str(repo.working_tree_dir or root)).resolve()
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return root


def read_at(root: Path, reference: str, path: Path) -> bytes | None:
    """Return what a file of the work tree around `root` holds at `reference` itself; None where it has none there.

    A symbolic link is no file. Raises UsageError where git, the repository or the reference is not to be had.
    """
    with _opened(root, reference, "--base") as repo:
        with _named(reference):
            tree = repo.commit(reference).tree
        try:
            found = tree / path.relative_to(Path(str(repo.working_tree_dir)).resolve()).as_posix()
        except (KeyError, ValueError):
            return None
        return bytes(found.data_stream.read()) if found.type == "blob" and found.mode != found.link_mode else None


def check_out(root: Path, reference: str, destination: Path) -> None:
    """Write the files below `root` to `destination` as they were where this branch left `reference`.

    That is the newest commit that HEAD and the reference have in common, else the reference itself. The repository's
    index and work tree stay as they are. Raises UsageError where git, the repository or the reference is not to be had.
    """
    with _opened(root, reference, "--changed-since") as repo:
        with _named(reference):
            then = repo.commit(reference)
            common = repo.merge_base(then, repo.head.commit)
        commit = common[0] if common else then
        below = root.relative_to(Path(str(repo.working_tree_dir)).resolve()).as_posix()
        _write_tree(repo, f"{commit.hexsha}:{'' if below == '.' else below}", destination, f"looking at {reference}")


def _opened(root: Path, reference: str, option: str) -> "Repo":
    doing = f"looking at {reference}"
    try:
        import git
    except ImportError:
        raise UsageError(doing, "git is not installed", "install it") from None
    try:
        return git.Repo(root, search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        raise UsageError(doing, f"{root} is in no git repository", f"leave {option} out") from None


@contextmanager
def _named(reference: str) -> Iterator[None]:
    """Say of what goes wrong that the commit is not to be had."""
    import git

    try:
        yield
    except (git.GitError, git.BadName, ValueError, IndexError):
        hint = "name a branch, a tag or a commit; a shallow clone has to fetch it first"
        raise UsageError(f"looking at {reference}", "git knows no such commit", hint) from None


def _write_tree(repo: "Repo", tree: str, destination: Path, doing: str) -> None:
    import git

    destination.mkdir(parents=True)
    index = {"GIT_INDEX_FILE": str(destination.with_name("index")), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        repo.git.execute(["git", "read-tree", tree], env=index)
        repo.git.execute(["git", "checkout-index", "--all", "--quiet", f"--prefix={destination}/"], env=index)
    except git.GitCommandError as error:
        said = str(error.stderr).strip().removeprefix("stderr: ")
        raise UsageError(doing, f"git says: {said}", "was there a control repo at that commit?") from error


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
    try:
        import git

        with git.Repo(root, search_parent_directories=True) as repo, repo.config_reader() as settings:
            form = settings.get_value("gpg", "format", default="openpgp")
            key = str(settings.get_value("user", "signingkey", default=""))
            return key if form == "ssh" and not key.startswith(("key::", "ssh-")) else ""
    except (ImportError, git.GitError):
        return ""


def ignored_by_git(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return which of these paths below `root` git would not take into a commit; none where there is no repository."""
    try:
        import git

        with git.Repo(root, search_parent_directories=True) as repo, TemporaryFile() as asked:
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
    except (ImportError, git.GitError):
        return ()
