"""How often a template was applied without fail since it last failed: the record that standard changes rest on. Pure.

Of each stack that a run was allowed to change: it came through verify and is clean, it failed, it was cut off (killed,
or interrupted, with work begun), or none of these (not reached, destroyed, told to stop before verify). What was cut
off has failed, unless a run that resumes it brings the stack to its end.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from infraops.ledger.evidence import ACTING
from infraops.models.ledger.changes import ChangeAuthorised
from infraops.models.ledger.entries import Entry, Kind
from infraops.models.ledger.runs import RunStarted
from infraops.models.ledger.stations import StationEnded, StationStarted
from infraops.models.runs.run import PROVISION, Outcome

KINDS = (Kind.RUN_STARTED, Kind.CHANGE_AUTHORISED, Kind.STATION_STARTED, Kind.STATION_ENDED)
LOOKED_AT = 20_000  # of the newest entries of these kinds: what lies behind them is counted as if it had not been
_LAST = {"apply": "verify"}  # the station with which a command's line ends; those of the others end with provision


class _Way(Enum):
    """How a stack fared in a run."""

    CLEAN = auto()
    FAILED = auto()
    CUT_OFF = auto()
    NEITHER = auto()


@dataclass
class _Stack:
    """One stack in one run, so far: whether work began, which stations came to a good end, and whether one failed."""

    template: str = ""
    begun: bool = False
    passed: set[str] = field(default_factory=set)
    failed: bool = False


@dataclass
class _Run:
    """One run, so far."""

    last: int  # its newest entry
    started: RunStarted | None = None
    stacks: dict[str, _Stack] = field(default_factory=dict)

    def begun(self, stack: str) -> bool:
        """Whether it began to act on a stack."""
        return stack in self.stacks and self.stacks[stack].begun

    def way(self, stack: str) -> _Way:
        """Tell how a stack fared, whether or not the run is over."""
        found = self.stacks[stack]
        if found.failed:
            return _Way.FAILED
        if self.started is None or not found.begun:
            return _Way.NEITHER
        command, asked = self.started.command, self.started.asked
        if (asked.until or _LAST.get(command, PROVISION)) not in found.passed:
            return _Way.CUT_OFF
        return _Way.CLEAN if "verify" in found.passed else _Way.NEITHER


def clean_runs(entries: Iterable[Entry], *, at_work: Collection[str] = ()) -> dict[str, int]:
    """Count for each template the runs in which all its stacks were clean, since the last in which one failed.

    `entries` are those of `KINDS`, oldest first, and of one environment where they tell of a stack. Runs `at_work` are
    not cut off. A run counts once for a template, however many stacks of it there are. A template is named by the
    digest of its files where the record has that, else by its reference: what other files did says nothing of these.
    """
    runs = _gather(entries)
    resumed_by: dict[str, list[str]] = {name: [] for name in runs}
    seen: set[str] = set()
    for name, run in runs.items():
        before = run.started.resumes if run.started is not None else ""
        if before in seen:
            resumed_by[before].append(name)
            _inherit(run, runs[before])
        seen.add(name)
    judge = _Judge(runs, resumed_by, at_work)
    found: dict[str, int] = {}
    for name, run in sorted(runs.items(), key=lambda each: each[1].last):
        ways: dict[str, set[_Way]] = {}
        for stack, each in run.stacks.items():
            if each.template:
                ways.setdefault(each.template, set()).add(judge.way(name, stack))
        for template, fared in ways.items():
            if _Way.FAILED in fared:
                found[template] = 0
            elif _Way.CLEAN in fared and name not in at_work:
                found[template] = found.get(template, 0) + 1
    return found


def _gather(entries: Iterable[Entry]) -> dict[str, _Run]:
    runs: dict[str, _Run] = {}
    for entry in entries:
        run = runs.setdefault(entry.run, _Run(entry.seq))
        run.last = entry.seq
        match entry.payload:
            case RunStarted() as started:
                run.started = started
            case payload if entry.stack is not None:
                _note(run.stacks.setdefault(entry.stack, _Stack()), payload)
    return runs


def _note(stack: _Stack, payload: object) -> None:
    match payload:
        case ChangeAuthorised(template=template, template_digest=digest):
            stack.template = digest or template
        case StationStarted(station=station) if station in ACTING:
            stack.begun = True
        case StationEnded(station=station, outcome=outcome) if station in ACTING:
            stack.begun = True
            if outcome.good:
                stack.passed.add(station)
            elif outcome is not Outcome.INTERRUPTED:
                stack.failed = True


def _inherit(run: _Run, before: _Run) -> None:
    """Let a run that resumes another stand for its templates: nothing may have been left to be allowed in it."""
    for name, stack in before.stacks.items():
        if name in run.stacks and not run.stacks[name].template:
            run.stacks[name].template = stack.template


@dataclass(frozen=True)
class _Judge:
    """All runs, those that resume each, and those that are not over."""

    runs: Mapping[str, _Run]
    resumed_by: Mapping[str, Sequence[str]]
    at_work: Collection[str]

    def way(self, run: str, stack: str) -> _Way:
        """Tell how a stack fared in a run, and where it was cut off in those that resume the run."""
        way = self.runs[run].way(stack)
        if way is not _Way.CUT_OFF:
            return way
        return _Way.NEITHER if run in self.at_work or self._is_made_good(run, stack) else _Way.FAILED

    def _is_made_good(self, run: str, stack: str) -> bool:
        """Whether a run that resumes another counts in its place, or still may."""
        return any(
            later in self.at_work
            or (
                self.way(later, stack) is not _Way.FAILED
                if self.runs[later].begun(stack)
                else self._is_made_good(later, stack)
            )
            for later in self.resumed_by[run]
        )
