"""What a control repo holds, and what its catalog offers."""

from rich.text import Text

from infraops.models.answers import Validated
from infraops.views.console import Streams
from infraops.views.words import count


def show_validated(result: Validated, streams: Streams) -> None:
    """Print what was read and found right."""
    parts = (
        count(result.blueprints, "blueprint"),
        count(len(result.environments), "environment"),
        count(len(result.stacks), "stack"),
        count(len(result.templates), "template"),
    )
    streams.out.print(Text(f"{', '.join(parts)}: no mistakes", style="green"))
