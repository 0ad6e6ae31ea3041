"""What became of foreign modules that were made templates: a table for each, and one of them all."""

from collections.abc import Sequence

from rich.text import Text

from infraops.models.reports.wrapping import Finding, Outcome, Wrapped
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows
from infraops.views.words import count

_STYLES = {Outcome.MAPPED: "green", Outcome.PARTLY: "yellow", Outcome.LEFT: "dim", Outcome.MISSING: "red"}


def show_wrapped(results: Sequence[Wrapped], streams: Streams) -> None:
    """Print what was mapped of each, what was not, why, and what to do about it."""
    for result in results:
        _show(result, streams)
    if len(results) > 1:
        rows = [Row((result.name, *_counts(result)), (_where(result),)) for result in results]
        titles = ("template", *(outcome.value for outcome in Outcome), "")
        show_rows(titles, rows, streams, spare=("left", "partly"), sentences=True)
    done = [result for result in results if not result.error]
    if done:
        names = "them" if len(done) > 1 else done[0].reference
        line = f"look {names} through; `infraops new --template {done[0].reference}` writes a blueprint"
        streams.out.print(line, soft_wrap=True)


def _show(result: Wrapped, streams: Streams) -> None:
    streams.out.print(Text(f"{result.reference or result.name}  {result.source}", style="bold"), soft_wrap=True)
    rows = [Row((finding.what, _outcome(finding)), (_words(finding),)) for finding in result.findings]
    show_rows(("what", "outcome", "why"), rows, streams, sentences=True)
    if result.error:
        streams.out.print(Text(f"not imported: {result.error}", style="red"), soft_wrap=True)
    else:
        streams.out.print(_where(result), soft_wrap=True)
    streams.out.print()


def _where(result: Wrapped) -> str:
    if result.error:
        return "not imported"
    taken = "the module stays where it is" if result.in_place else "the module was copied"
    copied = f", {count(len(result.copied), 'file')} copied" if result.copied else ""
    return f"{result.directory}/template.yaml written for platform {result.platform}; {taken}{copied}"


def _counts(result: Wrapped) -> tuple[str, ...]:
    return tuple(str(sum(finding.outcome is outcome for finding in result.findings)) for outcome in Outcome)


def _outcome(finding: Finding) -> Text:
    return Text(finding.outcome.value, style=_STYLES[finding.outcome])


def _words(finding: Finding) -> str:
    return "; ".join(part for part in (finding.why, finding.hint) if part)
