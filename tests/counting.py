"""Counts what one command line does: files of the control repo read and written, processes, queries, texts composed.

`count` runs it in a process of its own, where this module listens to Python's audit events, SQLAlchemy's and the YAML
reader.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_STARTING = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec"})


@dataclass
class Counts:
    """What was done, in order; paths are relative to the control repo."""

    read: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    composed: int = 0

    def below(self, directory: str) -> list[str]:
        """Return the files below a directory that were written."""
        return sorted(path for path in self.written if path.startswith(f"{directory}/"))


def count(root: Path, home: Path, *words: str) -> Counts:
    """Run `infraops WORDS` in the control repo at `root`; it must end well."""
    home.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=home, suffix=".json") as counted:
        environ: Mapping[str, str] = {
            "HOME": str(home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }
        argv = [sys.executable, "-m", "tests.counting", counted.name, *words]
        ended = subprocess.run(argv, cwd=root, env=environ, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return Counts(**json.loads(Path(counted.name).read_text(encoding="utf-8")))


def _listen(counts: Counts, root: str) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from yaml import CSafeLoader

    from infraops.controlrepo.documents import composing

    def hear(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(arguments[0], str) and arguments[0].startswith(root):
            files = counts.written if arguments[2] & _WRITING else counts.read
            files.append(arguments[0].removeprefix(root))
        elif name in _STARTING:
            counts.processes.append(str(arguments[1] if len(arguments) > 1 else name))

    class Loader(CSafeLoader):
        def __init__(self, text: str) -> None:
            counts.composed += 1
            super().__init__(text)

    composing.CSafeLoader = Loader  # type: ignore[attr-defined, assignment]
    event.listen(Engine, "before_cursor_execute", lambda *given: counts.queries.append(given[2]))
    sys.addaudithook(hear)


def _main() -> int:
    from infraops.cli import run

    file, *words = sys.argv[1:]
    counts = Counts()
    _listen(counts, f"{Path.cwd()}/")
    code = run(words)
    Path(file).write_text(json.dumps(asdict(counts)), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(_main())
