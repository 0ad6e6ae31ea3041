"""How an operator is told what is wrong: the place, the problem, what to do."""

import os
import sys
from contextlib import suppress
from dataclasses import replace
from traceback import walk_tb

import rich.console
from rich.text import Text

from infraops.errors import InfraOpsError, Interrupted, InvalidInput, Untrusted, system_error
from infraops.views.console import Streams
from infraops.views.documents import print_document
from infraops.views.words import count


def show_error(error: InfraOpsError, streams: Streams) -> None:
    """Print one error, or every mistake of invalid input; as a document where `--json` asked for one."""
    if streams.json:
        print_document("infraops/error/v1", error_document(error), streams)
        return
    if isinstance(error, InvalidInput | Untrusted):
        for mistake in error.mistakes:
            line = Text(f"{mistake.place}: ", style="bold")
            line.append(mistake.problem, style="red")
            streams.err.print(line, soft_wrap=True)
            if mistake.hint:
                streams.err.print(Text(f"    {mistake.hint}", style="dim"), soft_wrap=True)
        known = isinstance(error, InvalidInput)
        found = f"{count(len(error.mistakes), 'mistake')} found" if known else f"denied: {error.problem}"
        streams.err.print(Text(f"{found}; nothing was done", style="bold"), soft_wrap=True)
        return
    line = Text() if isinstance(error, Interrupted) else Text("error: ", style="bold red")
    line.append(f"{error.doing}: {error.problem}", style="default")
    streams.err.print(line, soft_wrap=True)
    if error.hint:
        streams.err.print(Text(f"  hint: {error.hint}"), soft_wrap=True)


def show_system_error(error: OSError, streams: Streams) -> int:
    """Print what the system refused, with the path that it speaks of; return the exit code."""
    told = system_error(error)
    if _came_up_printing(error):
        # What stdout still holds cannot be written either: it would be tried, and complained of, at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        told, streams = InfraOpsError("writing to stdout", told.problem, told.hint), replace(streams, json=False)
    with suppress(OSError):  # stderr may be as full
        show_error(told, streams)
    return int(told.exit_code)


def _came_up_printing(error: OSError) -> bool:
    modules = [frame.f_globals.get("__name__") for frame, _ in walk_tb(error.__traceback__)]
    return modules[-1:] == [rich.console.__name__]


def error_document(error: InfraOpsError) -> dict[str, object]:
    """Return an error as the JSON document's content."""
    document: dict[str, object] = {
        "exit_code": int(error.exit_code),
        "doing": error.doing,
        "problem": error.problem,
        "hint": error.hint,
    }
    if isinstance(error, InvalidInput | Untrusted):
        document["mistakes"] = [
            {"file": m.place.file, "line": m.place.line, "problem": m.problem, "hint": m.hint} for m in error.mistakes
        ]
    return document
