"""Progress of a run: one live line a stack on a terminal, plain lines kept together by stack elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from infraops.models.runs.events import Event, Progress, Said, StationEnded, StationStarted
from infraops.views.console import Streams
from infraops.views.words import STYLE_OF_OUTCOME, duration

LIVE_ROWS = 24  # more stacks than this at once and finished ones give up their line
STATION_WIDTH = 9  # of the longest station's name
SECONDS_WIDTH = 6
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAME_SECONDS = 0.08


class ProgressView:
    """Progress that nobody sees (`--quiet`): only what is important is said. The base of the other views."""

    _soft_wrap = True

    def __init__(self, console: Console) -> None:
        self._console = console
        # Reentrant, as a signal may come while the main thread holds it, and is reported by the same thread.
        self._lock = threading.RLock()
        self._held: list[Text] | None = None  # lines that wait for the end of a question

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Said) and event.important:
            self._print(Text(f"{event.stack}: {event.line}"))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Give the terminal up for a question; lines that come meanwhile are printed afterwards."""
        with self._lock:
            self._held = []
        self._stop()
        try:
            yield
        finally:
            self._go_on()
            with self._lock:
                held, self._held = self._held or [], None
                for line in held:
                    self._print(line)

    def _stop(self) -> None:
        """Take down from the terminal what is redrawn."""

    def _go_on(self) -> None:
        """Begin to redraw."""

    def _print(self, line: Text) -> None:
        with self._lock:
            if self._held is not None:
                self._held.append(line)
                return
        self._console.print(line, soft_wrap=self._soft_wrap)


class PlainLines(ProgressView):
    """One line when a station ends; what a stack said meanwhile stands above it, together."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        super().__init__(console)
        self._verbose = verbose
        self._said: dict[str, list[str]] = {}

    def __call__(self, event: Event) -> None:
        """Keep what a stack says together; print it when its station ends."""
        with self._lock:
            if isinstance(event, Said) and not event.station:
                self._print(Text(f"{event.stack}: {event.line}"))
            elif isinstance(event, Said) and (event.important or self._verbose):
                self._said.setdefault(event.stack, []).append(event.line)
            elif isinstance(event, Progress) and self._verbose:
                self._said.setdefault(event.stack, []).append(event.text)
            elif isinstance(event, StationEnded):
                self._print_end(event)

    def _print_end(self, event: StationEnded) -> None:
        for said in self._said.pop(event.stack, ()):
            self._print(Text(f"  {event.stack}: {said}"))
        words = f"{event.stack}  {event.station}  {event.outcome}  {duration(event.seconds)}"
        line = Text(words, style=STYLE_OF_OUTCOME.get(event.outcome, ""))
        if event.summary:
            line.append(f"  {event.summary.splitlines()[0]}", style="default")
        self._print(line)


class LiveTable(ProgressView):
    """A line a stack: where it stands, for how long, and what it is doing."""

    _soft_wrap = False  # it would be taken for the table, too, which is printed along

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._rows: dict[str, _Row] = {}
        self._live = self._fresh()

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take one event; the next refresh shows it."""
        if event.station:
            with self._lock:
                self._rows.setdefault(event.stack, _Row(event.stack)).take(event)
        super().__call__(event)

    def _fresh(self) -> Live:
        return Live(get_renderable=self._render, console=self._console, refresh_per_second=8, transient=True)

    def _stop(self) -> None:
        self._live.stop()

    def _go_on(self) -> None:
        # One that was stopped still knows its height, and would move up by that over what was printed since.
        self._live = self._fresh()
        self._live.start(refresh=True)

    def _render(self) -> RenderableType:
        with self._lock:
            rows = list(self._rows.values())
        names = max((row.name.cell_len for row in rows), default=0)
        room = max(1, min(LIVE_ROWS, self._console.height - 3))
        below: list[Text] = []
        if len(rows) > room:
            done = sum(not row.active for row in rows)
            rows = [row for row in rows if row.active][:room]
            below = [Text(f"{done} stacks waiting or done", style="dim")]
        # The cursor stands in an empty line: a ^C that the terminal writes there moves no row.
        return Group(*(row.line(names, self._console.width) for row in rows), *below, Text())


class _Row:
    def __init__(self, stack: str) -> None:
        self.name = Text(stack)
        self.station = ""
        self.text = ""
        self.active = False
        self.outcome = ""
        self.begun = time.monotonic()
        self.seconds = 0.0

    def take(self, event: Event) -> None:
        if isinstance(event, StationStarted):
            self.station, self.active, self.begun, self.text = event.station, True, time.monotonic(), ""
        elif isinstance(event, StationEnded):
            self.active, self.outcome, self.seconds = False, event.outcome, event.seconds
            self.text = event.summary
        elif isinstance(event, Progress):
            self.text = event.text

    def line(self, names: int, width: int) -> Text:
        """Draw the row `width` columns wide: what it is doing is cut, and nothing else while there is room for it."""
        now = time.monotonic()
        style = "cyan" if self.active else STYLE_OF_OUTCOME.get(self.outcome, "")
        mark = "✗" if self.outcome == "failed" else "·"
        if self.active:
            mark = FRAMES[int(now / FRAME_SECONDS) % len(FRAMES)]
        seconds = now - self.begun if self.active else self.seconds
        rest = f" {self.station:<{STATION_WIDTH}} {duration(seconds):>{SECONDS_WIDTH}}"
        name = self.name.copy()
        name.truncate(min(names, max(1, width - 2 - len(rest))), overflow="ellipsis", pad=True)
        line = Text.assemble((mark, style), " ", name, (rest, "" if self.active else style), no_wrap=True)
        doing = Text("  " + " ".join(self.text.partition("\n")[0].split()), style="dim")
        doing.truncate(max(0, width - line.cell_len), overflow="ellipsis")
        return line.append_text(doing)


def progress_view(streams: Streams) -> ProgressView:
    """Choose the view of progress that fits the terminal and the options."""
    if streams.quiet:
        return ProgressView(streams.err)
    return LiveTable(streams.err) if streams.live else PlainLines(streams.err, verbose=streams.verbose)
