"""What was written for CI, and what is left to do; waves of stacks."""

from rich.text import Text

from infraops.models.reports.pipeline import Waves, Written
from infraops.views.console import Streams
from infraops.views.words import count


def show_written(written: Written, streams: Streams) -> None:
    """Print the files, warnings, and what has to be done by hand."""
    for name in written.files:
        streams.out.print(Text(f"{name} written"), soft_wrap=True)
    for name in written.unchanged:
        streams.out.print(Text(f"{name} is as it would be", style="dim"), soft_wrap=True)
    for line in written.warnings:
        streams.out.print(Text(f"warning: {line}", style="yellow"), soft_wrap=True)
    for line in written.steps:
        streams.out.print(Text(f"to do: {line}"), soft_wrap=True)


def show_waves(waves: Waves, streams: Streams) -> None:
    """Print a line a group, the levels in order."""
    for groups in waves.levels:
        for group in groups:
            streams.out.print(Text(f"{group.name}: {' '.join(group.stacks)}"), soft_wrap=True)
    if not any(waves.levels):
        streams.out.print(f"{waves.environment}: {count(0, 'stack')} to apply")
