"""The protected branch: which of the branches it is, as the remote has it."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infraops.errors import UsageError
from infraops.tools.git.commits import HEADS, REMOTES, commit_called
from infraops.tools.git.repositories import opened

if TYPE_CHECKING:
    from git import Repo

_USUAL = ("main", "master")  # where a clone does not say which branch its remote starts with
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Branch:
    """A branch and the commit it stands at."""

    name: str
    commit: str


def find_branch(root: Path, name: str | None) -> Branch | None:
    """Return a branch, as its remote has it rather than as it stands here; by default the one the remote starts with.

    Refs are spelt out: else a tag called origin/main, which anybody may push, would stand for the branch. None where
    no name is given and there is no repository, no remote, or nothing fetched of it. Raises UsageError where git does
    not know the branch, or nobody says which of two it is.
    """
    with opened(root) as repo:
        if repo is None:
            return None if name is None else _no_such(name)
        remotes = [remote.name for remote in repo.remotes]
        names = _first_of(repo, remotes) if name is None else _called(name, remotes)
        for each in names:
            commit = commit_called(repo, each)
            if commit:
                return Branch(_plain_name(repo, each), commit)
        return None if name is None else _no_such(name)


def has_remote(root: Path) -> bool:
    """Whether a repository has a remote, of which somebody might have fetched the protected branch."""
    with opened(root) as repo:
        return repo is not None and bool(repo.remotes)


def _first_of(repo: "Repo", remotes: list[str]) -> list[str]:
    """Return the refs that may be a remote's first branch. Raises UsageError where it may be either of the usual."""
    found = []
    for remote in remotes:
        head, *usual = (f"{REMOTES}{remote}/{branch}" for branch in ("HEAD", *_USUAL))
        if not commit_called(repo, head) and all(commit_called(repo, each) for each in usual):
            problem = f"{remote} has {' and '.join(_USUAL)}, and this clone does not know which of them it starts with"
            hint = f"name it by --base, or: git remote set-head {remote} --auto"
            raise UsageError("looking for the protected branch", problem, hint)
        found += [head, *usual]
    return found


def _called(name: str, remotes: list[str]) -> list[str]:
    """Return the refs that a branch's name may stand for: a remote's before one that stands here."""
    with_remote = [f"{REMOTES}{name}"] if name.partition("/")[0] in remotes else []
    names = [*with_remote, *(f"{REMOTES}{remote}/{name}" for remote in remotes), f"{HEADS}{name}"]
    return [*names, name] if _HASH.fullmatch(name) else names


def _plain_name(repo: "Repo", name: str) -> str:
    """Return a ref as people call it; HEAD of a remote is called as what it stands for."""
    import git

    if name.endswith("/HEAD"):
        with suppress(git.GitCommandError):
            name = str(repo.git.execute(["git", "symbolic-ref", name]))
    return name.removeprefix(REMOTES).removeprefix(HEADS)


def _no_such(name: str) -> "Branch | None":
    hint = "name a branch that git has fetched; a shallow clone has to fetch it first"
    raise UsageError(f"looking at the protected branch {name}", "git knows no such branch", hint)
