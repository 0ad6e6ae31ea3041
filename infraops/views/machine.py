"""This machine: what it has and lacks, its lab hosts, and what was removed."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from infraops.lab.findings import Finding
from infraops.lab.inspect import HostStatus
from infraops.lab.prune import Pruned
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows
from infraops.views.words import count, duration

STYLE_OF_LEVEL = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def show_findings(findings: Iterable[Finding], streams: Streams) -> None:
    """Print a row a finding, with what to do below those that need something."""
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        level = Text(finding.level.value, style=STYLE_OF_LEVEL[finding.level.value])
        table.add_row(level, finding.name, finding.text)
        if finding.hint:
            table.add_row("", "", Text(finding.hint, style="dim"))
    streams.out.print(table)


def show_lab(hosts: Iterable[HostStatus], streams: Streams) -> None:
    """Print a row a lab host."""
    rows = []
    for status in hosts:
        up = Text("stopped", style="yellow") if status.uptime is None else Text(duration(status.uptime))
        cells = (status.host.name, status.host.address, up, str(status.host.driver))
        rows.append(Row(cells, (status.host.made_by,) if status.host.made_by else ()))
    if rows:
        show_rows(("host", "address", "up", "kind", "made from"), rows, streams, spare=("kind", "up"))
    else:
        streams.out.print("no lab hosts")


def show_pruned(pruned: Pruned, streams: Streams, *, dry_run: bool) -> None:
    """Print what was removed, or would be."""
    for name in (*pruned.unknown, *pruned.half_made, *pruned.leftovers, *pruned.bases):
        streams.out.print(f"{'would remove' if dry_run else 'removed'} {name}", soft_wrap=True)
    if pruned.busy:
        streams.out.print(f"left alone, because they are being worked on: {', '.join(pruned.busy)}", soft_wrap=True)
    if not pruned:
        streams.out.print("nothing to remove")


def packages_question(packages: tuple[str, ...]) -> str:
    """Word the question before packages are installed."""
    return f"Install {count(len(packages), 'Debian package')}: {' '.join(packages)}? Only 'yes' goes on: "
