"""Files as they stand at a commit, whatever stands in the work tree."""

from pathlib import Path
from tempfile import TemporaryFile

from infraops.errors import InfraOpsError
from infraops.tools.git.repositories import below, opened


def read_at(root: Path, commit: str, file: str) -> bytes | None:
    """Return what a file held at a commit; None where it was not there. `file` is relative to `root`.

    A symbolic link is no file.
    """
    with opened(root) as repo:
        if repo is None:
            return None
        try:
            found = repo.commit(commit).tree / f"{below(repo, root)}{file}"
        except (KeyError, ValueError):
            return None
        return bytes(found.data_stream.read()) if found.type == "blob" and found.mode != found.link_mode else None


def check_out(root: Path, commit: str, destination: Path, *, patterns: tuple[str, ...] = ("**",)) -> None:
    """Write those files below `root` that fit a pattern (git's glob) to `destination` as they were at a commit.

    The repository's index and work tree stay as they are.
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
            named = [f":(top,glob){pattern}" for pattern in patterns]
            with TemporaryFile() as chosen:
                repo.git.execute(["git", "ls-files", "-z", "--", *named], env=index, output_stream=chosen)
                chosen.seek(0)
                writing = ["git", "checkout-index", "-z", "--stdin", "--quiet", f"--prefix={destination}/"]
                repo.git.execute(writing, env=index, istream=chosen)
        except git.GitCommandError as error:
            said = str(error.stderr).strip().removeprefix("stderr: ")
            hint = "is all of it fetched, and was there a control repo then?"
            raise InfraOpsError(f"reading commit {commit[:12]}", f"git says: {said}", hint) from error
