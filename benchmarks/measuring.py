"""Timing programs side by side: rounds in turn, so that a busy moment of the machine hits all of them alike."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infraops.processes import Finished, run


class CannotMeasure(Exception):
    """A benchmark cannot run here, or what it ran did not do its work; the message says why."""


@dataclass(frozen=True)
class Series:
    """Seconds of one subject, a value for each round."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of them."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Finding:
    """What one benchmark found. `met` is None where there is no aim, or nothing was measured."""

    title: str
    headline: str
    aim: str = ""
    met: bool | None = None
    series: tuple[Series, ...] = ()
    notes: tuple[str, ...] = ()


def in_turn(rounds: int, subjects: Mapping[str, Callable[[], float]]) -> tuple[Series, ...]:
    """Let every subject run once a round; each returns its seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            seconds[name].append(subject())
    return tuple(Series(name, tuple(found)) for name, found in seconds.items())


def ratio(of: Series, to: Series) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(of.seconds, to.seconds, strict=True))


def carry_out(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: str | None = None, timeout: float = 1800
) -> Finished:
    """Run a program that must succeed. CannotMeasure with its last words where it does not."""
    finished = run(argv, cwd=cwd, env=env, stdin=stdin, timeout=timeout)
    if finished.exit_code != 0:
        said = (finished.stderr.strip() or finished.stdout.strip()).splitlines()[-8:]
        raise CannotMeasure(f"`{' '.join(argv[:6])}` ended with {finished.exit_code}: {' / '.join(said)}")
    return finished
