"""What the catalog offers, and one template in full."""

from collections.abc import Iterable
from datetime import date

from rich.table import Table
from rich.text import Text

from infraops.controlrepo.parameters.shapes import written_type
from infraops.models.files.template import DeclaredOutput, Parameter
from infraops.models.stacks.stack import Template
from infraops.views.console import Streams
from infraops.views.plans import value_text


def show_templates(templates: Iterable[Template], streams: Streams) -> None:
    """Print a row a template."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("template", "platforms", "from", "summary"):
        table.add_column(title, no_wrap=title != "summary", overflow="fold")
    for template in templates:
        origin = "built in" if template.built_in else template.catalog or "this repo"
        table.add_row(template.reference, ", ".join(sorted(template.modules)), origin, _summary(template))
    streams.out.print(table)


def _summary(template: Template) -> Text:
    end = template.file.deprecated
    if end is None:
        return Text(template.file.summary)
    use = f", use {end.successor}" if end.successor else ""
    return Text.assemble((f"deprecated {end.since}{use}  ", "yellow"), template.file.summary)


def show_template(template: Template, streams: Streams, *, today: date) -> None:
    """Print a template's parameters, outputs and checks."""
    streams.out.print(Text(f"{template.reference}  {template.file.summary}", style="bold"))
    if template.file.deprecated is not None:
        words = template.file.deprecated.in_words(today)
        streams.out.print(Text(f"deprecated {words}", style="yellow"), soft_wrap=True)
    streams.out.print(f"platforms: {', '.join(sorted(template.modules))}")
    table = Table(box=None, pad_edge=False, header_style="dim", title="parameters", title_justify="left")
    for title in ("name", "type", "default", "description"):
        table.add_column(title, no_wrap=title in ("name", "type"), overflow="fold")
    for name, parameter in sorted(template.file.parameters.items()):
        table.add_row(name, _type(parameter), _default(parameter), parameter.description)
    streams.out.print(table)
    outputs = Table(box=None, pad_edge=False, header_style="dim", title="outputs", title_justify="left")
    for title in ("name", "type", "description"):
        outputs.add_column(title, no_wrap=title != "description", overflow="fold")
    for name, output in sorted(template.file.outputs.items()):
        outputs.add_row(name, _type(output), output.description)
    if outputs.row_count:
        streams.out.print(outputs)
    if template.file.checks:
        streams.out.print(f"checks: {', '.join(check.name for check in template.file.checks)}", soft_wrap=True)


def parameter_question(name: str, parameter: Parameter) -> str:
    """Word the question for a parameter's value: what it is for, and in which form it is written."""
    lines = [f"{name} ({_type(parameter)})" + (f": {parameter.description}" if parameter.description else "")]
    if parameter.sensitive:
        lines.append("  It is sensitive, so give a reference instead of the value:")
        lines.append("  generated:NAME (infraops makes it and keeps it), env:NAME or file:PATH")
    return "\n".join(lines)


def _type(declared: Parameter | DeclaredOutput) -> str:
    if isinstance(declared, Parameter) and declared.values:
        return " | ".join(declared.values)
    return written_type(declared)


def _default(parameter: Parameter) -> str:
    if parameter.sensitive:
        return "a reference" + (", required" if parameter.required else "")
    return "required" if parameter.required else value_text(parameter.default)
