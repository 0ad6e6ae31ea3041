"""A change as somebody is asked to sign it, and the approval that came of it."""

from pathlib import Path

from rich.text import Text

from infraops.models.basics.moments import moment_in_words
from infraops.models.changes.change import Change, StackChange
from infraops.models.reports.answers import Approved
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows
from infraops.views.words import count

_LOSING = ("delete ", "replace ", "unknown ", "forget ")  # what is shown first
_SHOWN = 12  # effects of a stack that are shown; the rest are counted


def show_change(change: Change, streams: Streams) -> None:
    """Print what would be signed: a row a stack, and below it what would happen."""
    wrote = ", ".join(change.authors) or "nobody knows whom"
    streams.out.print(Text(f"Change {change.id}: {change.target}", style="bold"), soft_wrap=True)
    of = f"commit {change.commit[:12]}, " if change.commit else ""
    streams.out.print(Text(f"{of}written by {wrote}", style="dim"), soft_wrap=True)
    rows = [_row(stack) for stack in change.stacks.values()]
    show_rows(
        ("stack", "class", "cost/month", "effect", "what"),
        rows,
        streams,
        spare=("effect", "cost/month"),
        sentences=True,
    )


def show_approved(approved: Approved, streams: Streams, *, after: bool = False) -> None:
    """Print whose approval it is and what has to happen with it; what is signed `after` an emergency allows nothing."""
    speaks = f" for {', '.join(approved.authorities)}" if approved.authorities else ""
    told = f"Signed by {approved.principal}{speaks}, good until {moment_in_words(approved.expires)}."
    told = f"Reviewed by {approved.principal}: the run of the emergency waits no longer." if after else told
    streams.out.print(Text(told, style="green"), soft_wrap=True)
    for place in approved.where:
        streams.out.print(Text(f"  {place}"), soft_wrap=True)
    if not approved.in_ledger:
        streams.out.print(Text("Commit and push these, so that `infraops apply` finds them."), soft_wrap=True)


def _row(stack: StackChange) -> Row:
    cost = "?" if stack.cost_delta is None else f"{stack.cost_delta:+.2f}"
    effects = sorted(stack.effects, key=lambda effect: not effect.startswith(_LOSING))
    more = [f"and {count(len(effects) - _SHOWN, 'more effect')}"] if len(effects) > _SHOWN else []
    deferred = ["deferred: some values are not real yet, kinds and numbers hold"] if stack.deferred else []
    items = (*effects[:_SHOWN], *more, *deferred, *(f"needs {who}" for who in stack.demands))
    return Row((stack.stack, stack.change_class.value, cost, stack.fingerprint[:12]), tuple(items))


def show_unwritten(file: Path, streams: Streams, *, is_there: bool) -> None:
    """Say that a review left no file to sign, and that one which is there is of another."""
    there = "; the one that is there is of another review" if is_there else ""
    text = f"{file} was not written: this review found nothing that could be approved{there}"
    streams.err.print(Text(text, style="yellow"), soft_wrap=True)
