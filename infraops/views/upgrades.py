"""What another version of a template means: stack by stack, parameter by parameter, output by output."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from infraops.models.reports.upgrade import Change, Difference, OutputChange, ParameterChange, StackUpgrade, Upgrades
from infraops.views.console import Streams
from infraops.views.documents import plain, run_document
from infraops.views.plans import show_plan, value_text
from infraops.views.runs import show_failures
from infraops.views.words import count

_SIGNS = {
    Change.NEW: ("+", "green"),
    Change.REQUIRED: ("!", "bold red"),
    Change.REMOVED: ("-", "red"),
    Change.CHANGED: ("~", "yellow"),
}
_Line = tuple[str, str]  # what is said, and its style


def show_upgrades(result: Upgrades, streams: Streams) -> None:
    """Print what differs for each stack, what is left to mend, and how it is gone on with."""
    for one in result.stacks:
        head = Text(one.stack, style="bold")
        head.append(f"  {one.template} → {one.target}", style="default")
        streams.out.print(head, soft_wrap=True)
        lines = list(_lines(one)) or [("parameters and outputs stay as they are", "dim")]
        for text, style in lines:
            streams.out.print(Text(f"  {text}", style=style), soft_wrap=True)
    for run in result.plans:
        show_plan(run, streams)
        show_failures(run, streams)
    if result.mistakes:
        streams.out.print(Text("to be mended by hand, as blueprints would be mistaken then:", style="bold red"))
        for mistake in result.mistakes:
            streams.out.print(Text(f"  {mistake}"), soft_wrap=True)
    there = f"; {count(len(result.there), 'stack')} there already" if result.there else ""
    if not result.stacks:
        streams.out.print(f"nothing to upgrade{there}")
    elif result.written:
        streams.out.print(f"written: {', '.join(result.files)}{there}", soft_wrap=True)
    else:
        streams.out.print(f"{count(len(result.stacks), 'stack')} to upgrade{there}; --write moves the pins")


def upgrades_document(result: Upgrades) -> dict[str, Any]:
    """Return all of it as a document's content."""
    return {
        "stacks": plain(result.stacks),
        "there": list(result.there),
        "mistakes": [
            {"file": each.place.file, "line": each.place.line, "problem": each.problem, "hint": each.hint}
            for each in result.mistakes
        ],
        "files": sorted(result.files),
        "written": result.written,
        "plans": [run_document(run) for run in result.plans],
    }


def _lines(one: StackUpgrade) -> Iterator[_Line]:
    if one.deprecated:
        yield f"{one.template} is deprecated {one.deprecated}", "yellow"
    if one.target_deprecated:
        yield f"{one.target} is deprecated {one.target_deprecated}", "bold yellow"
    for parameter in one.parameters:
        sign, style = _SIGNS[parameter.change]
        yield f"{sign} {parameter.name}: {_parameter(parameter)}", style
    for output in one.outputs:
        sign, style = _SIGNS[output.change]
        yield f"{sign} output {output.name}: {_output(output)}", style
    yield from ((f"~ {_difference(flag)}", "yellow") for flag in one.flags)


def _parameter(one: ParameterChange) -> str:
    differences = [_difference(each) for each in one.differences]
    match one.change:
        case Change.NEW:
            return f"new, {value_text(one.after)} here" if one.after is not None else "new, without a value here"
        case Change.REQUIRED:
            return "; ".join(["must be given", *differences])
        case Change.REMOVED:
            return f"removed; take it out of {one.written}" if one.written else "removed"
    if one.before == one.after:
        return "; ".join([*differences, f"stays {value_text(one.after)} here"])
    return "; ".join([*differences, f"{value_text(one.before)} → {value_text(one.after)} here"])


def _output(one: OutputChange) -> str:
    words = "; ".join(_difference(each) for each in one.differences) or one.change.value
    return f"{words}; taken by {', '.join(one.taken_by)}" if one.taken_by else words


def _difference(one: Difference) -> str:
    return f"{one.key} {value_text(one.before)} → {value_text(one.after)}"
