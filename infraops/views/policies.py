"""The rules of policy: a row each, or one in full, and what plans were found to break of them."""

from collections.abc import Iterable

from rich.text import Text

from infraops.assessment.policy import sentence
from infraops.models.plans.finding import Finding, Severity
from infraops.models.reports.answers import Explained, PolicyList, WaiverStanding
from infraops.views.console import Streams
from infraops.views.tables import Row, show_rows

_STYLES = {Severity.DENY: "red", Severity.WARN: "yellow", Severity.OFF: "dim"}


def show_policy(findings: Iterable[Finding], streams: Streams, *, of: str = "") -> None:
    """Print the rules that the plan of a stack breaks: below it, or as complaints `of` a stack that is not shown."""
    head, out = (f"{of} policy", streams.err) if of else ("  policy", streams.out)
    for finding in findings:
        style = "dim" if finding.waived else "yellow"
        out.print(Text(f"{head}: {sentence(finding)}", style=style), soft_wrap=True)


def show_rules(found: PolicyList, streams: Streams) -> None:
    """Print a row a rule."""
    rows = []
    for rule in found.rules:
        origin = "built in" if rule.built_in else rule.place
        cells = (rule.name, Text(rule.severity.value, style=_STYLES[rule.severity]), origin, rule.control)
        rows.append(Row(cells, tuple(_waiver(waiver) for waiver in rule.waivers)))
    show_rows(("rule", "severity", "from", "serves"), rows, streams, spare=("from", "serves"))


def show_rule(rule: Explained, streams: Streams) -> None:
    """Print one rule in full."""
    streams.out.print(Text(f"{rule.name}  {rule.severity.value}", style="bold"))
    for name, text in (
        ("serves", rule.control),
        ("is", f"a rule in Rego, of the kind {rule.kind}" if rule.kind else ""),
        ("broken when", "" if rule.kind else rule.when),
        ("says", rule.message),
        ("to do", rule.hint),
        ("written in", rule.place + (", which is part of infraops" if rule.built_in else "")),
    ):
        if text:
            streams.out.print(Text(f"  {name}: {text}"), soft_wrap=True)
    if rule.kind:
        streams.out.print(Text("  as written:"))
        for line in rule.when.splitlines():
            streams.out.print(Text(f"    {line}" if line else ""), soft_wrap=True)
    for waiver in rule.waivers:
        style = "default" if waiver.works else "dim"
        streams.out.print(Text(f"  {_waiver(waiver)}", style=style), soft_wrap=True)


def _waiver(waiver: WaiverStanding) -> str:
    begins, ends = ("waived", "until") if waiver.works else ("no longer waived", "expired")
    by = f"by {waiver.owner}{'' if waiver.works else ','}"
    return f"{begins} for {waiver.stack} {by} {ends} {waiver.expires} ({waiver.place}): {waiver.reason}"
