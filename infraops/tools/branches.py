"""The protected branch: what stands on it, what leads to it, and who signed the commits that are not on it yet."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infraops.errors import InfraOpsError, UsageError

if TYPE_CHECKING:
    from git import Repo

_USUAL = ("main", "master")  # where a clone does not say which branch its remote starts with
_REMOTES, _HEADS = "refs/remotes/", "refs/heads/"
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Branch:
    """A branch and the commit it stands at."""

    name: str
    commit: str


@dataclass(frozen=True)
class Signed:
    """Who signed the commits of a range with a known key, and how many commits nobody known signed."""

    principals: tuple[str, ...] = ()
    unsigned: int = 0


def find_branch(root: Path, name: str | None) -> Branch | None:
    """Return a branch, as its remote has it rather than as it stands here; by default the one the remote starts with.

    Refs are spelt out: else a tag called origin/main, which anybody may push, would stand for the branch. None where
    no name is given and there is no repository, no remote, or nothing fetched of it. Raises UsageError where git does
    not know the branch, or nobody says which of two it is.
    """
    with _opened(root) as repo:
        if repo is None:
            return None if name is None else _no_such(name)
        remotes = [remote.name for remote in repo.remotes]
        names = _first_of(repo, remotes) if name is None else _called(name, remotes)
        for each in names:
            commit = _commit(repo, each)
            if commit:
                return Branch(_plain_name(repo, each), commit)
        return None if name is None else _no_such(name)


def has_remote(root: Path) -> bool:
    """Whether a repository has a remote, of which somebody might have fetched the protected branch."""
    with _opened(root) as repo:
        return repo is not None and bool(repo.remotes)


def _first_of(repo: "Repo", remotes: list[str]) -> list[str]:
    """Return the refs that may be a remote's first branch. Raises UsageError where it may be either of the usual."""
    found = []
    for remote in remotes:
        head, *usual = (f"{_REMOTES}{remote}/{branch}" for branch in ("HEAD", *_USUAL))
        if not _commit(repo, head) and all(_commit(repo, each) for each in usual):
            problem = f"{remote} has {' and '.join(_USUAL)}, and this clone does not know which of them it starts with"
            hint = f"name it by --base, or: git remote set-head {remote} --auto"
            raise UsageError("looking for the protected branch", problem, hint)
        found += [head, *usual]
    return found


def _called(name: str, remotes: list[str]) -> list[str]:
    """Return the refs that a branch's name may stand for: a remote's before one that stands here."""
    with_remote = [f"{_REMOTES}{name}"] if name.partition("/")[0] in remotes else []
    names = [*with_remote, *(f"{_REMOTES}{remote}/{name}" for remote in remotes), f"{_HEADS}{name}"]
    return [*names, name] if _HASH.fullmatch(name) else names


def read_at(root: Path, commit: str, file: str) -> bytes | None:
    """Return a file's content as of a commit; None where it was not there. `file` is relative to `root`."""
    with _opened(root) as repo:
        if repo is None:
            return None
        try:
            blob = repo.commit(commit).tree / f"{_below(repo, root)}{file}"
        except (KeyError, ValueError):
            return None
        return bytes(blob.data_stream.read()) if blob.type == "blob" else None


def check_out_files(root: Path, commit: str, destination: Path, patterns: tuple[str, ...]) -> None:
    """Write those files below `root` that fit a pattern (git's glob) to `destination` as they were at a commit."""
    import git

    with _opened(root) as repo:
        assert repo is not None
        destination.mkdir(parents=True)
        below = _below(repo, root)
        try:
            # A work tree of its own: else .gitattributes of whatever is checked out here would say how to write it.
            index = {
                "GIT_INDEX_FILE": str(destination.with_name("index")),
                "GIT_OPTIONAL_LOCKS": "0",
                "GIT_DIR": str(repo.git_dir),
                "GIT_WORK_TREE": str(destination),
            }
            repo.git.execute(["git", "read-tree", f"{commit}:{below.rstrip('/')}"], env=index)
            named = [f":(top,glob){pattern}" for pattern in patterns]
            chosen = repo.git.execute(["git", "ls-files", "-z", "--", *named], env=index)
            files = [each for each in str(chosen).split("\0") if each]
            if files:
                repo.git.execute(
                    ["git", "checkout-index", "--quiet", f"--prefix={destination}/", "--", *files], env=index
                )
        except git.GitCommandError as error:
            said = str(error.stderr).strip().removeprefix("stderr: ")
            raise InfraOpsError(f"reading commit {commit[:12]}", f"git says: {said}", "fetch it") from error


def leads_to(root: Path, commit: str, tip: str) -> bool:
    """Whether a commit is part of the history of another; not so where one of them is not known here."""
    import git

    with _opened(root) as repo:
        if repo is None or not _commit(repo, commit):
            return False
        try:
            return bool(repo.is_ancestor(repo.commit(commit), repo.commit(tip)))
        except git.GitCommandError:
            return False


def signers_of(root: Path, since: str, *, signers: str, without: str) -> Signed:
    """Say who signed the commits from `since` (a commit) to HEAD; those that touch nothing but `without` are left out.

    `signers` is the content of a file of signers: a signature by anybody else counts as none.
    """
    with _opened(root) as repo, TemporaryDirectory(prefix="infraops-signers-") as directory:
        if repo is None:
            return Signed()
        file = Path(directory) / "signers"
        file.write_text(signers, encoding="utf-8")
        settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={file}", "-c", "log.showSignature=false")
        form = "--format=%H%x09%G?%x09%GS"
        below = _below(repo, root)
        paths = ("--", f"{below}." if below else ".", f":(exclude,top){below}{without}")
        said = repo.git.execute(
            ["git", "-C", str(repo.working_tree_dir), *settings, "log", form, f"{since}..HEAD", *paths]
        )
        rows = [line.split("\t") for line in str(said).splitlines() if line.count("\t") == 2]
        good = [who for _, verdict, who in rows if verdict == "G" and who]
        return Signed(tuple(dict.fromkeys(good)), len(rows) - len(good))


@contextmanager
def _opened(root: Path) -> "Iterator[Repo | None]":
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


def _commit(repo: "Repo", name: str) -> str:
    import git

    try:
        return str(repo.commit(name).hexsha)
    except (git.GitError, git.BadName, ValueError, IndexError):
        return ""


def _plain_name(repo: "Repo", name: str) -> str:
    """Return a ref as people call it; HEAD of a remote is called as what it stands for."""
    import git

    if name.endswith("/HEAD"):
        with suppress(git.GitCommandError):
            name = str(repo.git.execute(["git", "symbolic-ref", name]))
    return name.removeprefix(_REMOTES).removeprefix(_HEADS)


def _below(repo: "Repo", root: Path) -> str:
    """Return where the control repo stands in its git repository, "" or with a slash at its end."""
    below = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve()).as_posix()
    return "" if below == "." else f"{below}/"


def _no_such(name: str) -> "Branch | None":
    hint = "name a branch that git has fetched; a shallow clone has to fetch it first"
    raise UsageError(f"looking at the protected branch {name}", "git knows no such branch", hint)
