"""Files as they stand at a commit, whatever stands in the work tree."""

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from infraops.errors import InfraOpsError
from infraops.tools.git.repositories import below, opened

if TYPE_CHECKING:
    from git import Tree

_LINK, _MOST_LINKS = 0o120000, 40  # the mode that git gives symbolic links, and how many a path may lead through
_SUBMODULE = "160000"


def read_at(root: Path, commit: str, file: str) -> bytes | None:
    """Return a file's content as of a commit; None where it was not there. `file` is relative to `root`.

    Links are followed as they stand in the commit: who reads the file in a work tree reads what they lead to.
    """
    with opened(root) as repo:
        if repo is None:
            return None
        try:
            tree = repo.commit(commit).tree
            blob = tree / _followed(tree, f"{below(repo, root)}{file}")
        except (KeyError, ValueError):
            return None
        return bytes(blob.data_stream.read()) if blob.type == "blob" else None


def _followed(tree: "Tree", path: str) -> str:
    """Return where a path leads to inside a commit. KeyError where that is nowhere, out of it, or round in circles."""
    done: list[str] = []
    waiting, links = path.split("/")[::-1], 0
    while waiting:
        name = waiting.pop()
        if name in ("", "."):
            continue
        if name == "..":
            if not done:
                raise KeyError(path)
            done.pop()
            continue
        found = tree / "/".join((*done, name))
        if found.mode != _LINK:
            done.append(name)
            continue
        links += 1
        written = found.data_stream.read().decode("utf-8", "surrogateescape")
        if links > _MOST_LINKS or written.startswith("/"):
            raise KeyError(path)
        waiting += written.split("/")[::-1]
    return "/".join(done)


def check_out(root: Path, commit: str, destination: Path, *, patterns: tuple[str, ...] = ("**",)) -> None:
    """Write those files below `root` that fit a pattern (git's glob) to `destination` as they were at a commit.

    Where there are links among them, all files are written, so that each leads to what it led to then. The
    repository's index and work tree stay as they are.
    """
    with opened(root) as repo:
        assert repo is not None
        import git

        destination.mkdir(parents=True)
        # A work tree of its own: else .gitattributes of whatever is checked out here would say how to write it.
        index = {
            "GIT_INDEX_FILE": str(destination.with_name("index")),
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_DIR": str(repo.git_dir),
            "GIT_WORK_TREE": str(destination),
        }
        try:
            repo.git.execute(["git", "read-tree", f"{commit}:{below(repo, root).rstrip('/')}"], env=index)
            tops = [f":(top,literal){pattern.partition('/')[0]}" for pattern in patterns if pattern != "**"]
            staged = repo.git.execute(["git", "ls-files", "-z", "--stage", "--", *tops], env=index) if tops else ""
            kinds = {each.partition("\t")[2]: each.partition(" ")[0] for each in str(staged).split("\0")}
            _refuse_submodules(kinds, {pattern.partition("/")[0] for pattern in patterns if pattern.endswith("/**")})
            linked = f"{_LINK:o}" in kinds.values()
            named = [f":(top,glob){pattern}" for pattern in (["**"] if linked else patterns)]
            with TemporaryFile() as chosen:
                repo.git.execute(["git", "ls-files", "-z", "--", *named], env=index, output_stream=chosen)
                chosen.seek(0)
                writing = ["git", "checkout-index", "-z", "--stdin", "--quiet", f"--prefix={destination}/"]
                repo.git.execute(writing, env=index, istream=chosen)
        except git.GitCommandError as error:
            said = str(error.stderr).strip().removeprefix("stderr: ")
            hint = "is all of it fetched, and was there a control repo then?"
            raise InfraOpsError(f"reading commit {commit[:12]}", f"git says: {said}", hint) from error


def _refuse_submodules(kinds: Mapping[str, str], tops: Collection[str]) -> None:
    """Raise InfraOpsError where a directory that is wanted whole holds a submodule, whose files no commit here has."""
    for path, kind in kinds.items():
        if kind == _SUBMODULE and path.partition("/")[0] in tops:
            hint = "keep its files in this repository: a branch could name another commit of it, with weaker rules"
            raise InfraOpsError("reading the protected branch", f"{path} is a submodule there", hint)


def committed_files(root: Path) -> dict[str, str]:
    """Return what HEAD holds below `root`: path → kind and hash, as git names them."""
    with opened(root) as repo:
        if repo is None or not repo.head.is_valid():
            return {}
        listed = repo.git.execute(["git", "-C", str(root), "ls-tree", "-r", "-z", "HEAD"])
        rows = (each.partition("\t") for each in str(listed).split("\0") if each)
        return {path: kind for kind, _, path in rows}
