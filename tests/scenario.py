"""Scenario tests: text files with commands as typed in a shell, what they print, and the files they start from.

A file is a script and then the files of the directory it runs in:

    # a comment
    $ infraops validate
    blueprints/web.yaml:3: unknown key "ownr"
    ...
    [64]
    -- blueprints/web.yaml --
    schema: infraops/v1

Below a command stand the lines it prints, stdout before stderr; `*` fits any text in a line, a line of `...` fits
any number of lines. `[64]` is the exit code where it is not 0.
"""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ANY_LINES = "..."


@dataclass(frozen=True)
class Step:
    """One command with what it prints and its exit code."""

    line: int
    command: str
    expected: tuple[str, ...]
    exit_code: int


@dataclass(frozen=True)
class Scenario:
    """The steps of a file and the files they start from."""

    steps: tuple[Step, ...]
    files: Mapping[str, str]


def read_scenario(text: str) -> Scenario:
    """Parse a scenario file."""
    script, files = _split(text)
    steps: list[Step] = []
    command, at, code = "", 0, 0
    expected: list[str] = []
    for number, line in enumerate([*script, "$"], start=1):
        if line.startswith("$"):
            if command:
                steps.append(Step(at, command, tuple(expected), code))
            command, at, expected, code = line[1:].strip(), number, [], 0
        elif line.startswith("[") and line.endswith("]") and line[1:-1].isdigit():
            code = int(line[1:-1])
        elif command and not line.startswith("#"):
            expected.append(line)
    return Scenario(tuple(steps), files)


def _split(text: str) -> tuple[list[str], dict[str, str]]:
    script: list[str] = []
    files: dict[str, list[str]] = {}
    current = script
    for line in text.splitlines():
        if line.startswith("-- ") and line.endswith(" --"):
            current = files.setdefault(line[3:-3], [])
        else:
            current.append(line)
    return script, {path: "".join(f"{line}\n" for line in lines) for path, lines in files.items()}


def environment_of(home: Path) -> dict[str, str]:
    """Return a bare environment in which nothing of the user's own is found."""
    programs = Path(sys.executable).parent
    return {
        "PATH": f"{programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


def play(scenario: Scenario, directory: Path, home: Path, *, programs: Path | None = None) -> list[str]:
    """Play a scenario in `directory`; return what did not go as written, empty if all did.

    What lies in `programs` is found before what is installed.
    """
    environ = environment_of(home)
    if programs is not None:
        environ["PATH"] = f"{programs}:{environ['PATH']}"
    for path, text in scenario.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")
    complaints = []
    for step in scenario.steps:
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=directory,
            env=environ,
            capture_output=True,
            text=True,
            timeout=300,
        )
        printed = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
        if done.returncode != step.exit_code or not fits(printed, step.expected):
            shown = "\n".join(printed)
            complaints.append(f"line {step.line}: $ {step.command}\n{shown}\n[{done.returncode}]")
    return complaints


def fits(printed: list[str], expected: tuple[str, ...]) -> bool:
    """Whether lines are as expected."""
    wanted = list(expected)
    while wanted and not wanted[-1].strip():
        wanted.pop()
    return _fits(printed, wanted)


def _fits(printed: list[str], wanted: list[str]) -> bool:
    if not wanted:
        return not [line for line in printed if line]
    if wanted[0] == ANY_LINES:
        return any(_fits(printed[skipped:], wanted[1:]) for skipped in range(len(printed) + 1))
    return bool(printed) and _line_fits(printed[0], wanted[0]) and _fits(printed[1:], wanted[1:])


def _line_fits(line: str, pattern: str) -> bool:
    return fnmatchcase(line, pattern.rstrip().replace("[", "[[]"))
