"""What a test of templates found: a row a step, with its seconds, and what went wrong."""

from rich.text import Text

from infraops.models.reports.tested import Tested, Verdict
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows
from infraops.views.words import count, duration

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.SKIPPED: "dim"}


def show_tested(result: Tested, streams: Streams) -> None:
    """Print the steps of every case, then one line over all."""
    rows = [
        Row(
            (
                case.template,
                case.case,
                step.name,
                Text(step.verdict.value, style=_STYLES[step.verdict]),
                "" if step.verdict is Verdict.SKIPPED else duration(step.seconds),
            )
        )
        for case in result.cases
        for step in case.steps
    ]
    show_rows(("template", "case", "step", "verdict", "time"), rows, streams)
    for case in result.cases:
        for step in case.steps:
            if step.failure is not None:
                line = Text(f"{case.template} {case.case} failed at {step.name}: ", style="bold red")
                line.append(f"{step.failure.doing}: {step.failure.problem}", style="default")
                streams.err.print(line, soft_wrap=True)
                if step.failure.hint:
                    streams.err.print(Text(f"  hint: {step.failure.hint}"), soft_wrap=True)
        if case.kept:
            streams.err.print(Text(f"  {case.kept.lstrip('; ')}"), soft_wrap=True)
    passed = sum(case.passed for case in result.cases)
    stopped = "; interrupted" if result.interrupted else ""
    text = f"{passed} of {count(len(result.cases), 'case')} passed on {result.platform}{stopped}"
    good = passed == len(result.cases) and not stopped
    line = Text(text, style="bold green" if good else "bold red")
    line.append(f" in {duration(result.seconds)}", style="default")
    streams.out.print(line)
