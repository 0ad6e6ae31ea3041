"""The record: runs, one run's entries, logs, and whether the chain is whole."""

import shlex
from collections.abc import Iterable, Mapping

from rich.text import Text

from infraops.models.answers import Remembered, RunLogs
from infraops.models.record import CommandEnded, CommandStarted, Entry, Owner, StationEnded, Verification
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows
from infraops.views.words import STYLE_OF_OUTCOME, count, duration


def show_history(runs: Iterable[Remembered], streams: Streams) -> None:
    """Print a row a run, newest first."""
    rows = [_row(run) for run in runs]
    if rows:
        titles = ("run", "command", "outcome", "stacks", "time", "commit", "by")
        show_rows(titles, rows, streams, spare=("by", "commit", "time", "stacks"))
    else:
        streams.out.print("no runs yet")


def _row(run: Remembered) -> Row:
    record = run.record
    cells = (
        record.id,
        record.command,
        Text(run.verdict, style=STYLE_OF_OUTCOME.get(run.verdict, "yellow")),
        str(len(record.stacks)),
        duration(record.seconds),
        record.git.commit[:8] + ("+" if record.git.dirty else "") if record.git is not None else "",
        record.user,
    )
    return Row(cells)


def show_run_entries(run: Remembered, entries: Iterable[Entry], streams: Streams) -> None:
    """Print one run: each station of each stack with its outcome."""
    streams.out.print(Text(f"run {run.record.id}: {run.record.command} {run.verdict}", style="bold"))
    rows = []
    for entry in entries:
        if isinstance(entry.payload, StationEnded):
            word = entry.payload.outcome.value
            cells = (
                entry.at.astimezone().strftime("%H:%M:%S"),
                entry.stack or "",
                entry.payload.station,
                Text(word, style=STYLE_OF_OUTCOME.get(word, "")),
                duration(entry.payload.seconds),
            )
            rows.append(Row(cells, (entry.payload.summary,)))
        elif isinstance(entry.payload, CommandStarted | CommandEnded):
            rows.append(_command(entry, entry.payload))
    titles = ("time", "stack", "station", "outcome", "took", "summary")
    show_rows(titles, rows, streams, spare=("time", "took"), sentences=True)


def _command(entry: Entry, payload: CommandStarted | CommandEnded) -> Row:
    when = (entry.at.astimezone().strftime("%H:%M:%S"), entry.stack or "", "exec")
    match payload:
        case CommandStarted(argv=argv):
            return Row((*when, "begun", ""), (shlex.join(argv),))
        case CommandEnded(exit_code=code, seconds=seconds):
            return Row((*when, f"exit {code}", duration(seconds)))


def show_logs(logs: RunLogs, streams: Streams) -> None:
    """Print logs as they were written, each stack's together."""
    for stack, text in logs.logs.items():
        streams.out.print(Text(f"{stack} in run {logs.run}", style="bold"))
        streams.out.out(text, highlight=False)


def show_holders(held: Mapping[str, Owner], streams: Streams) -> None:
    """Print which run holds which stack."""
    if not held:
        streams.out.print("no run holds any of them")
    for stack, owner in held.items():
        streams.out.print(f"{stack} is held by {owner}", soft_wrap=True)


def show_verification(result: Verification, streams: Streams) -> None:
    """Print whether the chain holds, and what such a look cannot prove."""
    if result.ok:
        streams.out.print(Text(f"{count(result.entries, 'entry', 'entries')}, every link holds", style="green"))
    else:
        where = f"entry {result.first_bad} does not fit: " if result.first_bad is not None else ""
        streams.out.print(Text(f"{where}{result.why}", style="bold red"))
    streams.out.print(f"head {result.head}", soft_wrap=True)
    if result.limits:
        streams.out.print(Text(result.limits, style="dim"))
