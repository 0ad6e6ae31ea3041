"""Progress of a run: one live line a stack on a terminal, plain lines kept together by stack elsewhere."""

import threading
import time
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from infraops.models.events import Event, Progress, Said, StationEnded, StationStarted
from infraops.views.console import Streams
from infraops.views.words import STYLE_OF_OUTCOME, duration

LIVE_ROWS = 24  # more stacks than this at once and finished ones give up their line


class ProgressView:
    """Progress that nobody sees (`--quiet`): only what is important is said. The base of the other views."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Said) and event.important:
            self._console.print(f"{event.stack}: {event.line}", soft_wrap=True)

    def pause(self) -> None:
        """Give the terminal up for a question."""

    def go_on(self) -> None:
        """Take it back."""


class PlainLines(ProgressView):
    """One line when a station ends; what a stack said meanwhile stands above it, together."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        super().__init__(console)
        self._verbose = verbose
        self._lock = threading.Lock()
        self._said: dict[str, list[str]] = {}

    def __call__(self, event: Event) -> None:
        """Keep what a stack says together; print it when its station ends."""
        with self._lock:
            if isinstance(event, Said) and not event.station:
                self._console.print(f"{event.stack}: {event.line}", soft_wrap=True)
            elif isinstance(event, Said) and (event.important or self._verbose):
                self._said.setdefault(event.stack, []).append(event.line)
            elif isinstance(event, Progress) and self._verbose:
                self._said.setdefault(event.stack, []).append(event.text)
            elif isinstance(event, StationEnded):
                self._print(event)

    def _print(self, event: StationEnded) -> None:
        for said in self._said.pop(event.stack, ()):
            self._console.print(f"  {event.stack}: {said}", soft_wrap=True)
        words = f"{event.stack}  {event.station}  {event.outcome}  {duration(event.seconds)}"
        line = Text(words, style=STYLE_OF_OUTCOME.get(event.outcome, ""))
        if event.summary:
            line.append(f"  {event.summary.splitlines()[0]}", style="default")
        self._console.print(line, soft_wrap=True)


class LiveTable(ProgressView):
    """A line a stack: where it stands, for how long, and what it is doing."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lock = threading.Lock()
        self._rows: dict[str, _Row] = {}
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take one event; the next refresh shows it."""
        with self._lock:
            row = self._rows.setdefault(event.stack, _Row(event.stack))
            row.take(event)
        if isinstance(event, Said) and event.important:
            self._live.console.print(Text(f"{event.stack}: {event.line}"))

    def pause(self) -> None:
        """Give the terminal up for a question."""
        self._live.stop()

    def go_on(self) -> None:
        """Take it back."""
        self._live.start()

    def _render(self) -> RenderableType:
        with self._lock:
            rows = list(self._rows.values())
            if len(rows) > LIVE_ROWS:
                done = sum(not row.active for row in rows)
                rows = [row for row in rows if row.active][:LIVE_ROWS]
                return Group(_table(rows), Text(f"{done} stacks waiting or done", style="dim"))
            return _table(rows)


class _Row:
    def __init__(self, stack: str) -> None:
        self.stack = stack
        self.station = ""
        self.text = ""
        self.active = False
        self.outcome = ""
        self.begun = time.monotonic()
        self.seconds = 0.0
        self.spinner = Spinner("dots", style="cyan")

    def take(self, event: Event) -> None:
        if isinstance(event, StationStarted):
            self.station, self.active, self.begun, self.text = event.station, True, time.monotonic(), ""
        elif isinstance(event, StationEnded):
            self.active, self.outcome, self.seconds = False, event.outcome, event.seconds
            self.text = event.summary
        elif isinstance(event, Progress):
            self.text = event.text


def _table(rows: list[_Row]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(no_wrap=True, max_width=28, overflow="ellipsis")
    table.add_column(no_wrap=True, width=10)
    table.add_column(justify="right", no_wrap=True, width=6)
    table.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    for row in rows:
        style = "" if row.active else STYLE_OF_OUTCOME.get(row.outcome, "")
        mark: RenderableType = row.spinner if row.active else Text("·" if row.outcome != "failed" else "✗", style=style)
        seconds = time.monotonic() - row.begun if row.active else row.seconds
        first = row.text.splitlines()[0] if row.text else ""
        table.add_row(mark, Text(row.stack), Text(row.station, style=style), duration(seconds), Text(first))
    return table


def progress_view(streams: Streams) -> ProgressView:
    """Choose the view of progress that fits the terminal and the options."""
    if streams.quiet:
        return ProgressView(streams.err)
    return LiveTable(streams.err) if streams.live else PlainLines(streams.err, verbose=streams.verbose)
