"""Where a run's time went: a row a stack, a bar from the run's beginning to its end, a letter and colour a station."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, inf

from rich.text import Text

from infraops.models.runs.run import Outcome, RunResult, StackResult, StationRecord
from infraops.views.console import Streams
from infraops.views.tables import side_by_side
from infraops.views.words import count, duration

ROWS = 20
_GAP = 2
_NARROWEST = 32  # columns of a bar, below which names stand in lines of their own
_WIDEST = 100
_SHORTEST = 0.01  # seconds of a run that has a timeline
# Small letters look, capital letters act.
_SIGNS: Mapping[str, tuple[str, str]] = {
    "validate": ("v", "bright_black"),
    "render": ("r", "bright_black"),
    "plan": ("p", "cyan"),
    "drift": ("d", "cyan"),
    "assess": ("s", "bright_black"),
    "approve": ("a", "yellow"),
    "provision": ("P", "blue"),
    "configure": ("C", "magenta"),
    "verify": ("V", "green"),
}
_OTHER = ("o", "yellow")
_ENDED_BADLY = ("!", "bold red")
_DRAWN, _TYPED = ("━", "·"), ("=", ".")  # a station goes on; the stack waits

Columns = Sequence[StationRecord | None]


def show_timeline(result: RunResult, streams: Streams) -> None:
    """Print the bars of the stacks that were worked on longest, in the order of the run.

    Stacks that were proven, or that the run did not come to, have none.
    """
    timed = [stack for stack in result.stacks if _was_worked_on(stack)]
    shown = _longest(timed)
    if not shown or result.seconds < _SHORTEST:
        return
    signs = _TYPED if streams.out.options.ascii_only else _DRAWN
    names = _names(shown)
    room = min(streams.out.width, _WIDEST)
    longest = max(map(len, names))
    beside = room - longest - _GAP >= _NARROWEST
    indent = (longest if beside else 0) + _GAP
    width = max(1, room - indent)
    columns = [_columns(stack.stations, result.seconds, width) for stack in shown]
    streams.out.print()
    _print(Text(" " * indent + _axis(result.seconds, width), style="dim"), streams)
    for name, bar in zip(names, columns, strict=True):
        if not beside:
            _print(Text(name), streams)
        _print(Text((name if beside else "").ljust(indent)).append_text(_bar(bar, signs)), streams)
    streams.out.print(_legend(columns, signs, room))
    if len(timed) > len(shown):
        left_out = count(len(timed) - len(shown), "stack")
        streams.out.print(Text(f"the {len(shown)} that took longest; without {left_out} that took less", "dim"))


def _was_worked_on(stack: StackResult) -> bool:
    return bool(stack.stations) and not stack.proven_by and stack.outcome is not Outcome.NOT_REACHED


def _longest(stacks: Sequence[StackResult]) -> list[StackResult]:
    """Choose as many as have room, and keep their order."""
    by_time = sorted(stacks, key=lambda stack: sum(record.seconds for record in stack.stations), reverse=True)
    chosen = {stack.stack for stack in by_time[:ROWS]}
    return [stack for stack in stacks if stack.stack in chosen]


def _names(stacks: Sequence[StackResult]) -> list[str]:
    """Leave the environment out where it is the same for all."""
    if len({stack.stack.partition("/")[0] for stack in stacks}) > 1:
        return [stack.stack for stack in stacks]
    return [stack.stack.partition("/")[2] or stack.stack for stack in stacks]


def _axis(seconds: float, width: int) -> str:
    """Write the run's beginning, middle and end over the bars."""
    end, middle = duration(seconds), duration(seconds / 2)
    line = "0s".ljust(width - len(end)) + end
    at = (width - len(middle)) // 2
    fits = at > len("0s") and at + len(middle) < width - len(end)
    return line[:at] + middle + line[at + len(middle) :] if fits else line


def _columns(records: Iterable[StationRecord], whole: float, width: int) -> Columns:
    """Say for each column which station takes the most of it; the last of one that did not end well is always its."""
    column = whole / width
    owners: list[StationRecord | None] = [None] * width
    taken = [-inf] * width
    for record in records:
        end = record.begun + record.seconds
        first = min(width - 1, int(record.begun / column))
        last = max(first, min(width, ceil(end / column)) - 1)
        for index in range(first, last + 1):
            share = min(end, (index + 1) * column) - max(record.begun, index * column)
            if index == last and not record.outcome.good:
                share = inf
            if share > taken[index]:
                owners[index], taken[index] = record, share
    return owners


def _bar(columns: Columns, signs: tuple[str, str]) -> Text:
    """Draw one stack: a letter where a station begins, a wait where there is none between two."""
    going_on, waiting = signs
    worked = [index for index, record in enumerate(columns) if record is not None]
    bar = Text()
    for index, record in enumerate(columns):
        if record is None:
            bar.append(waiting if worked[0] < index < worked[-1] else " ", "dim")
        elif _ends_badly(columns, index):
            bar.append(*_ENDED_BADLY)
        else:
            letter, style = _SIGNS.get(record.station, _OTHER)
            begins = index == 0 or columns[index - 1] is not record
            bar.append(letter if begins else going_on, style)
    return bar


def _ends_badly(columns: Columns, index: int) -> bool:
    record = columns[index]
    ends = index + 1 == len(columns) or columns[index + 1] is not record
    return record is not None and ends and not record.outcome.good


def _legend(bars: Iterable[Columns], signs: tuple[str, str], width: int) -> Text:
    """Explain the signs that the bars have; a sign and its word stay together."""
    drawn = [record for columns in bars for record in columns if record is not None]
    stations = dict.fromkeys(record.station for record in drawn)
    known = [(*_SIGNS[name], name) for name in _SIGNS if name in stations]
    others = [(*_OTHER, name) for name in stations if name not in _SIGNS]
    badly = [] if all(record.outcome.good for record in drawn) else [(*_ENDED_BADLY, "did not end well")]
    every = [*known, *others, (signs[1], "dim", "waiting"), *badly]
    return side_by_side(
        [Text().append(sign, style).append(f" {meaning}", "dim") for sign, style, meaning in every], width
    )


def _print(line: Text, streams: Streams) -> None:
    line.rstrip()
    streams.out.print(line, soft_wrap=True)
