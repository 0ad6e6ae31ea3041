"""The two streams a command speaks on: results on stdout, progress and complaints on stderr."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from infraops.views.words import UNSEEN, visible

PLAIN_WIDTH = 120  # columns where nobody looks: a log file, a pipe


class _Plain(Console):
    """A console on which nothing that is shown can act: names and values come from files that others wrote."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or not UNSEEN.search(segment.text):
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)


@dataclass(frozen=True)
class Streams:
    """stdout for the result, stderr for all the rest. `quiet` drops progress, never errors."""

    out: Console
    err: Console
    json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def aside(self) -> "Streams":
        """For what a question is about: it goes to stderr with the question, as stdout is for the result."""
        return Streams(self.err, self.err)

    @property
    def live(self) -> bool:
        """Whether progress may redraw itself."""
        return self.err.is_terminal and not self.err.is_dumb_terminal and not self.quiet and not self.verbose


def open_streams(*, json: bool = False, quiet: bool = False, verbose: bool = False) -> Streams:
    """Open both streams for this process; rich itself honours NO_COLOR, TERM and COLUMNS."""
    return Streams(_console(stderr=False), _console(stderr=True), json=json, quiet=quiet, verbose=verbose)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    return _Plain(stderr=stderr, highlight=False, soft_wrap=False, width=width, emoji=False, markup=False)
