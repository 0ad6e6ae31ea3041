"""A change as somebody is asked to sign it, and the approval that came of it."""

from rich.text import Text

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
    streams.out.print(Text(f"commit {change.commit[:12]}, written by {wrote}", style="dim"), soft_wrap=True)
    rows = [_row(stack) for stack in change.stacks.values()]
    show_rows(
        ("stack", "class", "cost/month", "effect", "what"),
        rows,
        streams,
        spare=("effect", "cost/month"),
        sentences=True,
    )


def show_approved(approved: Approved, streams: Streams) -> None:
    """Print whose approval it is and what has to happen with it."""
    speaks = f" for {', '.join(approved.authorities)}" if approved.authorities else ""
    until = f"{approved.expires.astimezone():%Y-%m-%d %H:%M}"
    streams.out.print(
        Text(f"Signed by {approved.principal}{speaks}, good until {until}.", style="green"), soft_wrap=True
    )
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
