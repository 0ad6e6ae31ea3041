"""Anchors of the ledger: its head, signed, in commits under a git ref of their own, which others can hold a copy of."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from infraops.errors import InfraOpsError, UsageError
from infraops.models.ledger.answers import Head
from infraops.tools.git.repositories import opened

if TYPE_CHECKING:
    from git import Repo

REF = "refs/infraops/anchors"
_HEAD, _SIGNATURE = "head.json", "head.json.sig"


@dataclass(frozen=True)
class Anchor:
    """A signed head: the text that was signed, the signature over it, and the commit that holds both."""

    head: Head
    text: str
    signature: str
    commit: str


def anchor_text(head: Head, ledger: str, at: datetime) -> str:
    """Return what is signed: the head, which ledger it is of, and when that was."""
    document = {"schema": "infraops/anchor/v1", "head": str(head), "ledger": ledger, "at": at.isoformat()}
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def read_anchor_text(text: str) -> tuple[Head, str]:
    """Return the head, and which ledger it is of. Raises ValueError where the text is no anchor."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("schema") != "infraops/anchor/v1":
        raise ValueError("it is no anchor, or one of a newer version")
    seq, _, digest = str(document.get("head")).partition(":")
    return Head(int(seq), digest), str(document.get("ledger"))


def write_anchor(root: Path, text: str, signature: str) -> str:
    """Add a commit with an anchor to the ref, and return it; nobody's index or work tree is touched.

    Raises UsageError where there is no git repository.
    """
    import git

    doing = "anchoring the ledger"
    try:
        with git.Repo(root, search_parent_directories=True) as repo:
            blobs = "".join(
                f"100644 blob {_blob(repo, content)}\t{name}\n"
                for name, content in ((_HEAD, text), (_SIGNATURE, signature))
            )
            tree = str(repo.git.mktree(istream=_stream(blobs)))
            before = _commits(repo)[:1]
            parents = [word for commit in before for word in ("-p", commit)]
            head, _ = read_anchor_text(text)
            commit = str(repo.git.commit_tree(tree, *parents, "-m", f"Anchor the ledger at entry {head.seq}"))
            repo.git.update_ref(REF, commit, *before)
            return commit
    except git.InvalidGitRepositoryError as error:
        raise UsageError(doing, f"{root} is in no git repository", "git init makes one") from error
    except git.GitCommandError as error:
        raise InfraOpsError(
            doing, f"git says: {_said(error)}", "does git know who you are (user.name, user.email)?"
        ) from error


def push_anchors(root: Path, remote: str) -> None:
    """Hand the ref to a remote, which refuses one that does not go on from what it has. InfraOpsError where it does."""
    import git

    with git.Repo(root, search_parent_directories=True) as repo:
        try:
            repo.git.push("--quiet", remote, f"{REF}:{REF}")
        except git.GitCommandError as error:
            hint = f"git fetch {remote} {REF}:{REF} shows what it has; anchors are never forced"
            raise InfraOpsError(f"pushing the anchors to {remote}", f"git says: {_said(error)}", hint) from error


def read_anchors(root: Path) -> tuple[Anchor, ...]:
    """Return all anchors, newest first; none where there is no repository. InfraOpsError where one is not readable."""
    found = []
    with opened(root) as repo:
        if repo is None:
            return ()
        for commit in _commits(repo):
            try:
                text, signature = (_content(repo, commit, name) for name in (_HEAD, _SIGNATURE))
                found.append(Anchor(read_anchor_text(text)[0], text, signature, commit))
            except (KeyError, ValueError) as error:
                problem = f"commit {commit[:12]} of {REF} holds no anchor: {error}"
                raise InfraOpsError("reading the anchors", problem, "somebody else wrote to that ref") from error
    return tuple(found)


def _commits(repo: "Repo") -> list[str]:
    import git

    try:
        return str(repo.git.rev_list("--first-parent", REF)).split()
    except git.GitCommandError:
        return []


def _content(repo: "Repo", commit: str, name: str) -> str:
    blob = repo.commit(commit).tree / name
    return bytes(blob.data_stream.read()).decode()


def _blob(repo: "Repo", content: str) -> str:
    return str(repo.git.hash_object("-w", "--stdin", istream=_stream(content)))


def _stream(text: str) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 - git reads it, and it is gone with its last reference
    file.write(text.encode())
    file.seek(0)
    return file


def _said(error: object) -> str:
    return " ".join(str(getattr(error, "stderr", error)).strip().removeprefix("stderr: ").split())
