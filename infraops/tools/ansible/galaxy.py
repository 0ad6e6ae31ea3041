"""Installing what a playbook requires with ansible-galaxy: once for each content of its files, whole or not at all."""

import fcntl
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.files.requirements import Requirements, RequirementsFile
from infraops.tools.ansible.events import HIDDEN
from infraops.tools.ansible.settings import COLLECTIONS, ROLES, galaxy_environment

_CHILD = Path(__file__).parent / "child.py"
_POLL_SECONDS = 0.2
_LAST_LINES = 8
_ADVICE = "--ignore-errors"
_PASSWORD = re.compile(r"//[^/@\s]*@")  # in a URL
_SECRET = ("TOKEN", "PASSWORD")
_HINT = (
    "mend the file, or make Galaxy reachable (ANSIBLE_GALAXY_SERVER_LIST names other servers); without any, put roles "
    "into roles/ and collections into collections/ansible_collections/ beside the playbook, and take them off the file"
)


def install(
    required: Requirements,
    cache: Path,
    *,
    environ: Mapping[str, str],
    children: processes.Children,
    tell: Callable[[str], None],
    warn: Callable[[str], None],
) -> Path:
    """Return the directory that holds the roles and collections required, after installing them where it is not there.

    `tell` hears what is going on, `warn` what may be another thing at the next time. Whoever wants the same meanwhile
    waits. Raises InfraOpsError with ansible-galaxy's own words, and Interrupted.
    """
    whole = cache / "galaxy" / required.digest
    if whole.is_dir():
        return whole
    doing = f"installing what {required.shown} asks for"
    whole.parent.mkdir(parents=True, exist_ok=True)
    with _holding(whole, doing, children):
        if whole.is_dir():
            return whole
        for left in whole.parent.glob(f".{required.digest}.*.part"):  # of one that was killed half way
            shutil.rmtree(left, ignore_errors=True)
        tell(f"{doing}: {required.summary}")
        if required.unpinned:
            named = ", ".join(required.unpinned)
            warn(f"{required.shown} names no version of {named}: each machine installs the newest")
        part = Path(mkdtemp(dir=whole.parent, prefix=f".{required.digest}.", suffix=".part"))
        try:
            _install_into(part, required, doing, environ, children)
            part.rename(whole)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return whole


def _install_into(
    part: Path, required: Requirements, doing: str, environ: Mapping[str, str], children: processes.Children
) -> None:
    scratch = part / "scratch"
    scratch.mkdir()
    (scratch / "ansible.cfg").touch()  # else Ansible looks for one, in places that others write to
    kinds: tuple[tuple[str, str, Callable[[RequirementsFile], int]], ...] = (
        ("collection", COLLECTIONS, lambda file: file.collections),
        ("role", ROLES, lambda file: file.roles),
    )
    for file in required.files:
        for kind, directory, count in kinds:
            if not count(file):
                continue
            words = (kind, "install", "-r", str(file.path), "-p", str(part / directory))
            finished = processes.run(
                (sys.executable, "-P", str(_CHILD), "galaxy", str(os.getpid()), *words),
                cwd=required.directory,
                env=galaxy_environment(part, scratch, environ),
                children=children,
                interrupt_group=True,
            )
            if children.interrupted.is_set():
                raise Interrupted(doing, "interrupted", "nothing was installed")
            if finished.exit_code:
                raise InfraOpsError(f"installing what {file.shown} asks for", _last_words(finished, environ), _HINT)
    shutil.rmtree(scratch)


def _last_words(finished: processes.Finished, environ: Mapping[str, str]) -> str:
    # Not its last error alone: of roles, what went wrong is a warning, and the error is about an option.
    lines = [line.rstrip() for line in finished.stderr.splitlines() if line.strip() and _ADVICE not in line]
    said = _PASSWORD.sub("//", "\n".join(lines[-_LAST_LINES:]))
    for name in environ:
        if name.startswith("ANSIBLE_GALAXY_") and name.endswith(_SECRET) and environ[name]:
            said = said.replace(environ[name], HIDDEN)
    return said or f"ansible-galaxy ended with exit code {finished.exit_code} and no word"


@contextmanager
def _holding(whole: Path, doing: str, children: processes.Children) -> Iterator[None]:
    """Hold the lock of one directory, after waiting for it where another run or stack does."""
    with whole.with_suffix(".lock").open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if children.interrupted.wait(_POLL_SECONDS):
                    raise Interrupted(doing, "interrupted before it began") from None
        yield
