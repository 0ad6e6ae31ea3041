"""Templates out of another git repository: fetched into a bare one of our own, and read from there blob by blob.

Nothing is ever checked out. So no hook, filter, `.gitattributes`, LFS or submodule of the other repository has a say,
and a link is seen as what it is.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from infraops.errors import InfraOpsError, UsageError

if TYPE_CHECKING:
    from git import Repo

MOST_FILES = 5_000
LARGEST_FILE = 5_000_000  # bytes
LARGEST = 50_000_000
SECONDS = 300  # for git to bring everything
DESCRIPTION = "template.yaml"
_LFS = b"version https://git-lfs.github.com/spec/"
_REGULAR = {"100644": False, "100755": True}
_ODD = {"120000": "a symbolic link", "160000": "a submodule"}
_LEFT_BY_PROGRAMS = frozenset({".terraform", "__pycache__", ".infraops", ".DS_Store"})
_PART = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@+ -]*")
# Nothing of the user's settings is meant to run here, and objects are looked at as they come in.
_SETTINGS = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false"),
    *("-c", "fetch.fsckObjects=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:ssh:file", "GIT_LFS_SKIP_SMUDGE": "1"}


@dataclass(frozen=True)
class File:
    """A file's content, and whether it is a program."""

    content: bytes
    executable: bool


@dataclass(frozen=True)
class Fetched:
    """What a repository has at a ref: the commit, what the ref is there, and the templates, by directory and path."""

    commit: str
    kind: str  # tag, branch or commit
    templates: Mapping[str, Mapping[str, File]]
    left_out: tuple[str, ...] = ()  # paths that are of no use to a template, and may change how git treats others


def fetch(url: str, ref: str, path: str, *, name: str, environ: Mapping[str, str]) -> Fetched:
    """Fetch the templates below `path` of a repository at a branch, tag or commit; `name` is the catalog's, for errors.

    Raises InfraOpsError where git cannot get there, and UsageError where what is there is nothing to vendor.
    """
    doing = f"fetching the catalog {name}"
    with _repository(doing) as repo:
        commit, kind = _bring(repo, url, ref, doing, environ)
        return _read(repo, commit, kind, path, f"{doing} at {ref}")


def look(url: str, ref: str, *, name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the commit that a ref of a repository stands for today, and what the ref is there."""
    doing = f"looking at the catalog {name}"
    with _repository(doing) as repo:
        return _bring(repo, url, ref, doing, environ)


@contextmanager
def _repository(doing: str) -> "Iterator[Repo]":
    try:
        # GitPython asks for the git program when it is imported.
        import git
    except ImportError:
        raise UsageError(doing, "git is not installed", "install it") from None
    with TemporaryDirectory(prefix="infraops-catalog-") as directory:
        # Without a template: the user's may hold hooks.
        git.Git(directory).execute(["git", "init", "--quiet", "--bare", "--template=", f"{directory}/bare"])
        with git.Repo(f"{directory}/bare") as repo:
            yield repo


def _git(repo: "Repo", *words: str) -> list[str]:
    """Write a call of git on this repository, whichever one GIT_DIR names: a hook of the user's may have called us."""
    return ["git", f"--git-dir={repo.git_dir}", *_SETTINGS, *words]


def _bring(repo: "Repo", url: str, ref: str, doing: str, environ: Mapping[str, str]) -> tuple[str, str]:
    import git

    own_ssh = environ.get("GIT_SSH_COMMAND") or environ.get("GIT_SSH")
    ssh = {} if own_ssh else {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}  # nobody is asked for a passphrase
    words = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-gc")
    try:
        repo.git.execute(
            _git(repo, *words, "--", url, ref),
            env={**_ENVIRONMENT, **ssh},
            kill_after_timeout=SECONDS,
        )
    except git.GitCommandError as error:
        said = " ".join(str(error.stderr).strip().removeprefix("stderr: ").split()).strip("'")
        hint = f"look at `git` and `ref` (a commit needs all its digits); does `git ls-remote {url}` get there?"
        raise InfraOpsError(doing, f"git says: {said[:600]}", hint) from None
    commit = str(repo.git.execute(_git(repo, "rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}")))
    told = (Path(repo.git_dir) / "FETCH_HEAD").read_text(encoding="utf-8", errors="replace")
    found = re.match(r"[0-9a-f]+\t[^\t]*\t(tag|branch) '", told)
    return commit, found[1] if found else "commit"


@dataclass
class _Wanted:
    """Blobs that will be read, by directory of their template and path in it, and what is left out."""

    blobs: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    size: int = 0
    number: int = 0


def _read(repo: "Repo", commit: str, kind: str, path: str, doing: str) -> Fetched:
    entries = list(_listed(repo, commit, path, doing))
    templates = {
        str(PurePosixPath(name).parent) for _, _, _, name in entries if PurePosixPath(name).name == DESCRIPTION
    }
    templates = {one for one in templates if "/" not in one and one != "."}
    if not templates:
        there = ", ".join(sorted({name.partition("/")[0] for _, _, _, name in entries})[:8]) or "nothing"
        problem = f"there is no template in {path}/, only {there}"
        raise UsageError(doing, problem, f"have `path` name the directory with <template>/{DESCRIPTION} below it")
    wanted = _Wanted()
    for mode, blob, size, name in entries:
        template, _, inside = name.partition("/")
        if template in templates and inside:
            _want(wanted, template, inside, mode, blob, size, f"{path}/{name}", doing)
    contents = _contents(repo, [blob for files in wanted.blobs.values() for blob, _ in files.values()])
    return Fetched(
        commit=commit,
        kind=kind,
        templates={
            template: {
                inside: _file(contents[blob], runs, f"{path}/{template}/{inside}", doing)
                for inside, (blob, runs) in sorted(files.items())
            }
            for template, files in sorted(wanted.blobs.items())
        },
        left_out=tuple(wanted.left_out),
    )


def _listed(repo: "Repo", commit: str, path: str, doing: str) -> Iterator[tuple[str, str, int, str]]:
    """Yield mode, blob, size and path of everything below a directory of the commit."""
    import git

    below = "" if path == "." else PurePosixPath(path).as_posix()
    try:
        listed = repo.git.execute(
            _git(repo, "ls-tree", "-r", "-l", "-z", "--full-tree", f"{commit}:{below}"), stdout_as_string=False
        )
    except git.GitCommandError:
        raise UsageError(doing, f"there is no directory {path} in it", "look at `path` in infraops.yaml") from None
    assert isinstance(listed, bytes)
    for row in listed.split(b"\0"):
        if row:
            about, _, name = row.partition(b"\t")
            mode, _, blob, size = about.decode().split()
            yield mode, blob, int(size) if size.isdigit() else 0, name.decode("utf-8", "backslashreplace")


def _want(wanted: _Wanted, template: str, inside: str, mode: str, blob: str, size: int, shown: str, doing: str) -> None:
    parts = PurePosixPath(inside).parts
    if any(part.startswith(".git") or part in _LEFT_BY_PROGRAMS for part in parts):
        wanted.left_out.append(shown)
        return
    if mode in _ODD or mode not in _REGULAR:
        hint = "have the other repository hold the file itself there"
        raise UsageError(doing, f"{shown} is {_ODD.get(mode, 'no regular file')}, which is not vendored", hint)
    if any(part in (".", "..") or not _PART.fullmatch(part) for part in (template, *parts)):
        hint = "have it called by letters, digits, dots, hyphens and underscores"
        raise UsageError(doing, f"{shown!r} is no name that is vendored", hint)
    wanted.size, wanted.number = wanted.size + size, wanted.number + 1
    if size > LARGEST_FILE or wanted.size > LARGEST or wanted.number > MOST_FILES:
        limits = f"{MOST_FILES} files, {LARGEST_FILE // 1_000_000} MB each, {LARGEST // 1_000_000} MB together"
        raise UsageError(doing, f"with {shown} it is more than is vendored: {limits}", "keep large files elsewhere")
    wanted.blobs.setdefault(template, {})[inside] = blob, mode == "100755"


def _contents(repo: "Repo", blobs: list[str]) -> dict[str, bytes]:
    """Return what blobs hold, all asked of one process."""
    with TemporaryFile() as asked:
        asked.write("".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode())
        asked.seek(0)
        answer = repo.git.execute(
            _git(repo, "cat-file", "--batch"), istream=asked, stdout_as_string=False, strip_newline_in_stdout=False
        )
    assert isinstance(answer, bytes)
    found: dict[str, bytes] = {}
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        blob, _, size = answer[at:end].decode().split()
        found[blob] = answer[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size) + 1
    return found


def _file(content: bytes, executable: bool, shown: str, doing: str) -> File:
    if content.startswith(_LFS):
        raise UsageError(doing, f"{shown} is kept by Git LFS, which is not asked", "have git itself hold the file")
    return File(content, executable)
