"""What a control repo holds, and what was made of it."""

import shlex
from collections.abc import Iterable

from rich.text import Text

from infraops.models.reports.answers import Initialised, Rendered, StatePlace, Validated
from infraops.views.console import Streams
from infraops.views.words import count, pin_in_words


def show_validated(result: Validated, streams: Streams) -> None:
    """Print what was read and found right."""
    parts = (
        count(result.blueprints, "blueprint"),
        count(len(result.environments), "environment"),
        count(len(result.stacks), "stack"),
        count(len(result.templates), "template"),
    )
    streams.out.print(Text(f"{', '.join(parts)}: no mistakes", style="green"))
    for pin in result.pins:
        words = pin_in_words(pin.template, pin.pinned_apart_from)
        streams.out.print(Text(f"  {pin.stack} pins {words}", style="dim"), soft_wrap=True)
    for use in result.deprecated:
        text = f"  {use.stack}: template {use.template} is deprecated {use.deprecated}"
        denied = "; policy denies its plans" if use.over else ""
        streams.out.print(Text(text + denied, style="red" if use.over else "yellow"), soft_wrap=True)


def show_initialised(result: Initialised, streams: Streams) -> None:
    """Print the files of a new control repo and what to do next."""
    for name in result.files:
        streams.out.print(f"  {name}", style="dim")
    made = " and made it a git repository" if result.git else ""
    streams.out.print(f"wrote {count(len(result.files), 'file')} into {result.directory}{made}", soft_wrap=True)
    if result.kept:
        streams.out.print(f"left as they were: {', '.join(result.kept)}", soft_wrap=True)
    if not result.ignored:
        streams.out.print("add .infraops/ to .gitignore: what is in there is not to be committed", soft_wrap=True)
    if result.inside is not None:
        note = f"it stands inside another control repo, {result.inside}; commands called in it are about this one"
        streams.out.print(note, soft_wrap=True)
    streams.out.print(f"Terraform is pinned to {result.terraform} in infraops.yaml")
    line = f"next: cd {shlex.quote(result.directory)} && infraops apply"
    streams.out.print(Text(line, style="bold"), soft_wrap=True)


def show_state_place(place: StatePlace, streams: Streams) -> None:
    """Print where states are kept, and what was made or mended for it."""
    if place.bucket is None:
        line = f"{place.environment} keeps its states by backend {place.backend}: {place.note}"
    elif place.made:
        line = f"made the bucket {place.bucket} for the states of {place.environment}: {', '.join(place.made)}"
    elif place.mended:
        line = f"the bucket {place.bucket} is mended: now {', '.join(place.mended)}"
    else:
        line = f"the bucket {place.bucket} of {place.environment} is there, and all that it should be"
    streams.out.print(line, soft_wrap=True)


def show_lacking(place: StatePlace, streams: Streams) -> None:
    """Print what a bucket that is there already is not."""
    streams.out.print(f"the bucket {place.bucket} of {place.environment} is there, but not", soft_wrap=True)
    for wanted, instead in place.lacked.items():
        streams.out.print(f"  {wanted}: {instead}", soft_wrap=True)


def show_rendered(rendered: Iterable[Rendered], streams: Streams) -> None:
    """Print where the rendered files are that have changed, and how many have not."""
    unchanged = 0
    for stack in rendered:
        if stack.written:
            streams.out.print(f"{stack.directory}: {count(stack.written, 'file')} written", soft_wrap=True)
        else:
            unchanged += 1
    if unchanged:
        streams.out.print(f"{count(unchanged, 'stack')} unchanged, in .infraops/stacks/")
