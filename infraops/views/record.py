"""The record: runs, one run's entries, logs, and whether the chain is whole."""

import shlex
from collections.abc import Iterable, Mapping

from rich.text import Text

from infraops.models.ledger.answers import Owner
from infraops.models.ledger.entries import Entry
from infraops.models.ledger.runs import CommandEnded, CommandStarted
from infraops.models.ledger.stations import StationEnded
from infraops.models.reports.answers import Anchored, LedgerCheck, Remembered, RunLogs
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows
from infraops.views.words import STYLE_OF_OUTCOME, count, duration, visible


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
    """Print logs, each stack's together, without what acts on a terminal."""
    for stack, text in logs.logs.items():
        streams.out.print(Text(f"{stack} in run {logs.run}", style="bold"))
        streams.out.out(visible(text), highlight=False)


def show_holders(held: Mapping[str, Owner], streams: Streams) -> None:
    """Print which run holds which stack."""
    if not held:
        streams.out.print("no run holds any of them")
    for stack, owner in held.items():
        streams.out.print(f"{stack} is held by {owner}", soft_wrap=True)


def show_verification(result: LedgerCheck, streams: Streams) -> None:
    """Print whether the chain, the approvals and the newest anchor hold, and what such a look cannot prove."""
    chain, approvals = result.chain, result.approvals
    if chain.ok:
        streams.out.print(Text(f"{count(chain.entries, 'entry', 'entries')}, every link holds", style="green"))
    else:
        where = f"entry {chain.first_bad} does not fit: " if chain.first_bad is not None else ""
        streams.out.print(Text(f"{where}{chain.why}", style="bold red"))
    if approvals.authorised and not approvals.problems:
        told = f"{count(approvals.authorised, 'authorisation')} on {count(approvals.approvals, 'approval')}, all hold"
        streams.out.print(Text(told, style="green"))
    for problem in (*approvals.problems, *filter(None, [result.anchor_problem])):
        streams.out.print(Text(problem, style="bold red"), soft_wrap=True)
    if result.anchor is not None and not result.anchor_problem:
        told = f"anchored by {result.anchor.principal} at {result.anchor.head.partition(':')[0]}"
        streams.out.print(Text(f"{told}, commit {result.anchor.commit[:12]}", style="green"), soft_wrap=True)
    streams.out.print(f"head {chain.head}", soft_wrap=True)
    if chain.limits and result.anchor is None:
        streams.out.print(Text(chain.limits, style="dim"))


def show_anchor(anchor: Anchored, streams: Streams) -> None:
    """Print what was signed and where it stands."""
    streams.out.print(Text(f"Signed by {anchor.principal}: head {anchor.head}", style="green"), soft_wrap=True)
    where = f", pushed to {anchor.pushed}" if anchor.pushed else "; push it, so that others hold a copy"
    streams.out.print(f"commit {anchor.commit[:12]} of {anchor.ref}{where}", soft_wrap=True)
