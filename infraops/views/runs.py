"""A run at its end: what became of each stack, where the hosts are, where the time went, what to try."""

from collections.abc import Iterable

from rich.text import Text

from infraops.models.runs.run import Failure, Outcome, RunResult, StackResult
from infraops.views.console import Streams
from infraops.views.costs import show_run_findings
from infraops.views.policies import show_policy
from infraops.views.tables import Row, show_rows, side_by_side
from infraops.views.timeline import show_timeline
from infraops.views.words import STYLE_OF_OUTCOME, count, duration, first_of

HOSTS_SHOWN = 12


def show_run(result: RunResult, streams: Streams, *, in_lab: bool = False) -> None:
    """Print the summary of an acting run; `in_lab` says that its hosts are reached from inside the lab alone."""
    _failures(result.stacks, streams)
    show_proven(result, streams)
    looked_at = [stack for stack in result.stacks if not stack.proven_by]
    if looked_at:
        _stacks(result, looked_at, streams)
    for stack in looked_at:
        show_policy(stack.findings, streams, of=stack.stack)
    show_run_findings(result, streams.err)
    if result.line == "apply":
        _hosts(result.stacks, streams)
        _endpoints(result.stacks, streams)
    if streams.out.is_terminal and not streams.quiet:
        show_timeline(result, streams)
    _stations(result, streams)
    show_orphans(result, streams)
    style = STYLE_OF_OUTCOME.get(result.outcome.value, "")
    line = Text(f"{result.line} {result.outcome.value}", style=f"bold {style}".strip())
    line.append(f" in {duration(result.seconds)}  (run {result.run})", style="default")
    streams.out.print(line)
    if result.outcome.good and result.line == "apply":
        _try(result.stacks, streams, prefix="infraops lab exec -- " if in_lab else "")


def show_proven(result: RunResult, streams: Streams) -> None:
    """Print how many stacks nobody looked at, and by which evidence."""
    proven = [stack for stack in result.stacks if stack.proven_by]
    if not proven:
        return
    names = proven[0].stack if len(proven) == 1 else count(len(proven), "stack")
    runs = sorted({stack.proven_by for stack in proven})
    by = f"run {runs[-1]}" if len(runs) == 1 else f"{len(runs)} runs, the newest {runs[-1]}"
    verb = "is" if len(proven) == 1 else "are"
    streams.out.print(Text(f"{names} {verb} up to date, proven by {by} (--refresh looks anyway)", style="dim"))


def show_orphans(result: RunResult, streams: Streams) -> None:
    """Print which stacks are deployed although no blueprint declares them."""
    if not result.orphans:
        return
    names, verb = first_of(result.orphans, 5), "is" if len(result.orphans) == 1 else "are"
    text = (
        f"{names} {verb} deployed, and no blueprint declares that any more: `moved_from` in a blueprint takes it over, "
        "`infraops destroy --orphans` removes it, `infraops forget --orphans` lets go of it"
    )
    streams.err.print(Text(text, style="yellow"), soft_wrap=True)


def show_failures(result: RunResult, streams: Streams) -> None:
    """Print why stacks did not make it, or the run as a whole."""
    _failures(result.stacks, streams)
    if result.failure is not None:
        line = Text(f"{result.line} denied: ", style="bold red")
        line.append(f"{result.failure.doing}: {result.failure.problem}", style="default")
        streams.err.print(line, soft_wrap=True)
        streams.err.print(Text(f"  hint: {result.failure.hint}"), soft_wrap=True)


def _failures(stacks: Iterable[StackResult], streams: Streams) -> None:
    for stack in stacks:
        if stack.failure is not None:
            style = STYLE_OF_OUTCOME[stack.outcome.value]
            line = Text(f"{stack.stack} {_ended(stack.outcome, stack.failure)}", style=style)
            line.append(f": {stack.failure.problem}", style="default")
            streams.err.print(line, soft_wrap=True)
            if stack.failure.hint:
                streams.err.print(Text(f"  hint: {stack.failure.hint}"), soft_wrap=True)
        elif stack.outcome is Outcome.BLOCKED:
            streams.err.print(Text(f"{stack.stack} was not tried: {stack.blocked_by} did not succeed", style="yellow"))


def _ended(outcome: Outcome, failure: Failure) -> str:
    if outcome is Outcome.NOT_APPROVED:
        return "was not approved"
    word = "was interrupted" if outcome is Outcome.INTERRUPTED else "failed"
    return f"{word} at {failure.station}: {failure.doing}"


def _stacks(result: RunResult, stacks: Iterable[StackResult], streams: Streams) -> None:
    rows = [
        Row(
            (
                stack.stack,
                Text(stack.outcome.value, style=STYLE_OF_OUTCOME.get(stack.outcome.value, "")),
                _counts(result, stack),
                _configured(stack),
                _checks(stack),
                duration(stack.seconds),
            )
        )
        for stack in stacks
    ]
    titles = ("stack", "outcome", "+ ~ ± −", "configured", "checks", "time")
    show_rows(titles, rows, streams, spare=("configured", "checks", "time"))


def _counts(result: RunResult, stack: StackResult) -> str:
    counts = result.counts_of(stack)
    if counts is None:
        return "?" if result.acting else ""
    text = f"{counts.create} {counts.update} {counts.replace} {counts.delete}"
    text = f"{text}, {counts.imports} imported" if counts.imports else text
    return f"{text}, {counts.forget} forgotten" if counts.forget else text


def _configured(stack: StackResult) -> str:
    parts = []
    if stack.configured is not None:
        changed = sum(recap.changed for recap in stack.configured.hosts.values())
        parts.append(f"{count(len(stack.configured.hosts), 'host')}, {changed} changed")
        if stack.configured.shared_with:
            parts.append(f"shared with {stack.configured.shared_with}")
    if stack.skipped_hosts:
        parts.append(f"{len(stack.skipped_hosts)} proven")
    return "; ".join(parts)


def _checks(stack: StackResult) -> str:
    passed = sum(check.passed for check in stack.checks)
    return f"{passed}/{len(stack.checks)}" if stack.checks else ""


def _hosts(stacks: Iterable[StackResult], streams: Streams) -> None:
    rows = [
        Row((host.name, f"{host.address}:{host.port}" if host.port != 22 else host.address, stack.stack))
        for stack in stacks
        if stack.outputs is not None
        for host in stack.outputs.hosts
    ]
    if not rows:
        return
    streams.out.print()
    show_rows(("host", "address", "stack"), rows[:HOSTS_SHOWN], streams, spare=("stack",))
    if len(rows) > HOSTS_SHOWN:
        streams.out.print(Text(f"and {len(rows) - HOSTS_SHOWN} more hosts (`infraops status` shows all)", style="dim"))


def _endpoints(stacks: Iterable[StackResult], streams: Streams) -> None:
    rows = [
        Row((name, url, stack.stack))
        for stack in stacks
        for name, url in sorted(stack.outputs.endpoints.items() if stack.outputs else ())
    ]
    if rows:
        streams.out.print()
        show_rows(("endpoint", "address", "stack"), rows, streams, spare=("stack",))


def _stations(result: RunResult, streams: Streams) -> None:
    """Print how many seconds each station took, added up over the stacks."""
    seconds: dict[str, float] = {}
    for stack in result.stacks:
        for record in stack.stations:
            seconds[record.station] = seconds.get(record.station, 0.0) + record.seconds
    if seconds:
        spans = [f"{station} {duration(total)}" for station, total in seconds.items()]
        items = [Text(text, style="dim") for text in (f"stations: {spans[0]}", *spans[1:])]
        streams.out.print()
        streams.out.print(side_by_side(items, streams.out.width), soft_wrap=True)


def _try(stacks: Iterable[StackResult], streams: Streams, *, prefix: str) -> None:
    """Print a line that shows the service at work, for each HTTP endpoint that something real answers at."""
    for stack in stacks:
        if stack.emulated:
            continue
        for url in sorted(stack.outputs.endpoints.values() if stack.outputs else ()):
            if url.startswith(("http://", "https://")):
                streams.out.print(Text(f"try: {prefix}curl {url}", style="bold"), soft_wrap=True)
