"""Commits: the one that the control repo stands at, the one that a name means, and who signed those between two."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infraops.errors import UsageError
from infraops.models.ledger.runs import GitState
from infraops.tools.git.repositories import below, opened

if TYPE_CHECKING:
    from git import Repo

REMOTES, HEADS = "refs/remotes/", "refs/heads/"


@dataclass(frozen=True)
class Signed:
    """Who signed the commits of a range with a known key, and how many commits nobody known signed."""

    principals: tuple[str, ...] = ()
    unsigned: int = 0


def describe(root: Path) -> GitState | None:
    """Return the commit the directory stands at and what differs from it there; None where there is no commit.

    Changes elsewhere in the repository do not count. Where git refuses to compare (a repository that belongs to
    another user), the state counts as dirty.
    """
    with opened(root) as repo:
        if repo is None:
            return None
        import git

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


def commit_called(repo: "Repo", name: str) -> str:
    """Return the commit that a ref, spelt out, or a hash stands for; empty where git knows none."""
    import git

    try:
        return str(repo.commit(name).hexsha)
    except (git.GitError, git.BadName, ValueError, IndexError):
        return ""


def where_left(root: Path, reference: str) -> str:
    """Return where this branch left `reference`: the newest commit that both have, else the reference itself.

    A branch goes before a tag that is called like it, which anybody may push. Raises UsageError where git, the
    repository or the reference is not to be had.
    """
    doing = f"looking at {reference}"
    with opened(root) as repo:
        if repo is None:
            problem = f"{root} is in no git repository, or git is not installed"
            raise UsageError(doing, problem, "leave --changed-since out")
        names = (f"{REMOTES}{reference}", f"{HEADS}{reference}", reference)
        then = next(filter(None, (commit_called(repo, name) for name in names)), "")
        if not then or not repo.head.is_valid():
            hint = "name a branch, a tag or a commit; a shallow clone has to fetch it first"
            raise UsageError(doing, "git knows no such commit", hint)
        common = repo.merge_base(then, repo.head.commit)
        return str(common[0].hexsha) if common else then


def leads_to(root: Path, commit: str, tip: str) -> bool:
    """Whether a commit is part of the history of another; not so where one of them is not known here."""
    with opened(root) as repo:
        if repo is None or not commit_called(repo, commit):
            return False
        import git

        try:
            return bool(repo.is_ancestor(repo.commit(commit), repo.commit(tip)))
        except git.GitCommandError:
            return False


def signers_of(root: Path, since: str, *, signers: str, without: str) -> Signed:
    """Say who signed the commits from `since` (a commit) to HEAD; those that touch nothing but `without` are left out.

    `signers` is the content of a file of signers: a signature by anybody else counts as none.
    """
    with opened(root) as repo, TemporaryDirectory(prefix="infraops-signers-") as directory:
        if repo is None:
            return Signed()
        file = Path(directory) / "signers"
        file.write_text(signers, encoding="utf-8")
        settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={file}", "-c", "log.showSignature=false")
        form = "--format=%H%x09%G?%x09%GS"
        here = below(repo, root)
        paths = ("--", f"{here}." if here else ".", f":(exclude,top){here}{without}")
        said = repo.git.execute(
            ["git", "-C", str(repo.working_tree_dir), *settings, "log", form, f"{since}..HEAD", *paths]
        )
        rows = [line.split("\t") for line in str(said).splitlines() if line.count("\t") == 2]
        good = [who for _, verdict, who in rows if verdict == "G" and who]
        return Signed(tuple(dict.fromkeys(good)), len(rows) - len(good))
