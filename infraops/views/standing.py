"""How stacks stand, and what they answer."""

import json
from collections.abc import Iterable
from datetime import datetime

from rich.text import Text

from infraops.models.basics.moments import moment_in_words
from infraops.models.reports.answers import OpenEmergency, StackOutputs, Standing
from infraops.views.console import Streams
from infraops.views.documents import HIDDEN, plain
from infraops.views.tables import Row, show_rows
from infraops.views.words import STYLE_OF_OUTCOME, pin_in_words


def show_status(standings: Iterable[Standing], streams: Streams, *, hosts: bool) -> None:
    """Print a row a stack; with `hosts`, each host below."""
    rows: list[Row] = []
    for standing in standings:
        rows.append(_row(standing))
        if hosts:
            for host in standing.outputs.hosts:
                proof = "proven" if host.name in standing.proven_hosts else "not proven"
                rows.append(Row((f"  {host.name}", "", host.address, Text(proof, style="dim"), "")))
    titles = ("stack", "template", "hosts", "last", "when", "endpoints")
    show_rows(titles, rows, streams, spare=("template", "when"))


def show_emergencies(emergencies: Iterable[OpenEmergency], streams: Streams, *, now: datetime) -> None:
    """Print which emergencies wait for their review, the late ones in red."""
    for each in emergencies:
        late = "over" if each.due < now else ""
        due = f"{late}due {moment_in_words(each.due)}"
        line = f"emergency {each.incident}: run {each.run} waits for its review, {due}"
        streams.out.print(Text(line, style="bold red" if late else "yellow"), soft_wrap=True)
        streams.out.print(Text(f"  infraops approve --after {each.run}", style="dim"), soft_wrap=True)


def _row(standing: Standing) -> Row:
    if standing.orphan:
        last = Text("no blueprint", style="yellow")
    elif not standing.applied:
        last = Text("not applied", style="dim")
    else:
        word = standing.last_outcome.split(" ", 1)[-1]
        last = Text(standing.last_outcome, style=STYLE_OF_OUTCOME.get(word, ""))
    cells = (
        standing.stack,
        pin_in_words(standing.template, standing.pinned_apart_from),
        str(len(standing.outputs.hosts)) if standing.applied else "",
        last,
        standing.last_at.astimezone().strftime("%m-%d %H:%M") if standing.applied and standing.last_at else "",
    )
    return Row(cells, tuple(standing.outputs.endpoints.values()))


def show_outputs(stacks: Iterable[StackOutputs], streams: Streams) -> None:
    """Print the outputs as `name = value`, sensitive ones hidden."""
    for stack in stacks:
        streams.out.print(Text(stack.stack, style="bold"))
        if not (stack.outputs.values or stack.outputs.endpoints or stack.outputs.hosts):
            streams.out.print(Text("  not applied", style="dim"))
        for name, url in sorted(stack.outputs.endpoints.items()):
            streams.out.print(f"  endpoint {name} = {url}", soft_wrap=True)
        for name, value in sorted(stack.outputs.values.items()):
            shown = HIDDEN if name in stack.outputs.sensitive else json.dumps(plain(value), ensure_ascii=False)
            streams.out.print(f"  {name} = {shown}", soft_wrap=True)
        for host in stack.outputs.hosts:
            streams.out.print(f"  host {host.name} = {host.address}", soft_wrap=True)
