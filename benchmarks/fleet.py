"""What an estate of a thousand stacks costs: rendering, applying what has not changed, and finding what has.

And whether ten times as many stacks cost ten times as much.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import CannotMeasure, Finding, Series, carry_out, in_turn, ratio
from benchmarks.places import INFRAOPS, environ
from benchmarks.trees import control_repo

STACKS = 1000
TIMES = 10  # as many in the larger estate
MARGIN = 1.2
AT_ONCE = 2


def measure(rounds: int) -> tuple[Finding, ...]:
    """Make an estate, apply it once, and measure what users do with it every day."""
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        estate = _Estate(Path(directory), STACKS)
        nothing = estate.series(rounds, "validate and render, from nothing", estate.render_anew)
        all_again = estate.series(rounds, "render all, nothing changed", lambda: estate.run("render"))
        one = estate.series(rounds, "render one", lambda: estate.run("render", "s000"))
        first = estate.series(1, "first apply", lambda: estate.run(*APPLY))
        unchanged = estate.series(rounds, "apply, nothing changed", lambda: estate.run(*APPLY))
        estate.expect_no_tool()
        changed = estate.series(rounds, "apply, one changed", lambda: estate.after_a_change(*APPLY))
        alone = estate.series(rounds, "apply of that one alone", lambda: estate.after_a_change(*APPLY, "s000"))
        estate.commit()
        since = estate.series(
            rounds,
            "plan --changed-since, one changed",
            lambda: estate.after_a_change("plan", "-e", "local", "--changed-since", "HEAD"),
        )
        memory = estate.peak_memory(*APPLY)
        title = f"{STACKS} stacks"
        return (
            _seconds(f"{title}: validate and render from nothing", nothing, 2.5),
            _seconds(f"{title}: render, nothing changed", all_again, 0.6),
            _seconds(f"{title}: render one", one, 0.6),
            _seconds(f"{title}: first apply", first),
            _seconds(f"{title}: apply, nothing changed, no Terraform started", unchanged, 2.5),
            _beyond(f"{title}: apply, one changed, beyond that one alone", changed, alone, 2.5),
            _seconds(f"{title}: plan --changed-since, one changed", since, 1.5),
            Finding(f"{title}: peak memory of infraops", f"{memory} MB", "≤ 200 MB", memory <= 200),
            _larger(rounds),
        )


def _larger(rounds: int) -> Finding:
    """Compare an estate with one of ten times its stacks; it may cost less than ten times, as starting is in both."""
    with tempfile.TemporaryDirectory(prefix="infraops-bench-") as directory:
        estates = [_Estate(Path(directory) / str(stacks), stacks) for stacks in (STACKS, TIMES * STACKS)]
        few, many = in_turn(rounds, {f"{estate.stacks} stacks": estate.render_anew for estate in estates})
        memory = estates[1].peak_memory("render")
    found = ratio(many, few)
    return Finding(
        f"{TIMES * STACKS} stacks: validate and render from nothing, beside {STACKS}",
        f"{found:.1f}×",
        f"≤ {TIMES * MARGIN:.0f}×",
        found <= TIMES * MARGIN,
        (few, many),
        (f"Peak memory of rendering {TIMES * STACKS} stacks again: {memory} MB.",),
    )


APPLY = ("apply", "-e", "local", "--yes", "--parallelism", str(AT_ONCE))


class _Estate:
    def __init__(self, directory: Path, stacks: int) -> None:
        self._root, self._home, self.stacks = directory / "repo", directory / "home", stacks
        self._env = environ(self._home)
        self._changes = 0
        control_repo(self._root, stacks=stacks, program="embedded")

    def run(self, *words: str) -> float:
        return carry_out([INFRAOPS, *words, "--quiet"], cwd=self._root, env=self._env).seconds

    def series(self, rounds: int, name: str, work: Callable[[], float]) -> Series:
        return Series(name, tuple(work() for _ in range(rounds)))

    def render_anew(self) -> float:
        shutil.rmtree(self._root / ".infraops", ignore_errors=True)
        shutil.rmtree(self._home / "cache" / "infraops" / "composed", ignore_errors=True)
        return self.run("render")

    def after_a_change(self, *words: str) -> float:
        self._changes += 1
        file = self._root / "blueprints" / "s000.yaml"
        lines = file.read_text().splitlines()
        lines = [line for line in lines if not line.startswith("parameters:")]
        file.write_text("\n".join([*lines, f"parameters: {{text: change {self._changes}}}"]) + "\n")
        return self.run(*words)

    def expect_no_tool(self) -> None:
        newest = max((self._root / ".infraops" / "runs").iterdir()).name
        argv = [INFRAOPS, "history", newest, "--json"]
        entries = json.loads(carry_out(argv, cwd=self._root, env=self._env).stdout)["entries"]
        if any(entry["kind"] in ("child_started", "station_started") for entry in entries):
            raise CannotMeasure("Terraform was started although nothing had changed")

    def commit(self) -> None:
        git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        (self._root / ".gitignore").write_text(".infraops/\n")
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "estate"]):
            carry_out([*git, *words], cwd=self._root, env=self._env)

    def peak_memory(self, *words: str) -> int:
        """Return the largest resident set of the process itself, in MB."""
        process = subprocess.Popen(
            [INFRAOPS, *words, "--quiet"], cwd=self._root, env=self._env, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise CannotMeasure(f"`infraops {' '.join(words)}` ended with {process.returncode}")
        return usage.ru_maxrss // 1024


def _seconds(title: str, series: Series, aim: float | None = None) -> Finding:
    found = series.median
    if aim is None:
        return Finding(title, f"{found:.2f} s", series=(series,))
    return Finding(title, f"{found:.2f} s", f"≤ {aim} s", found <= aim, (series,))


def _beyond(title: str, series: Series, alone: Series, aim: float) -> Finding:
    found = series.median - alone.median
    return Finding(title, f"{found:.2f} s", f"≤ {aim} s", found <= aim, (series, alone))
