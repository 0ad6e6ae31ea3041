"""Costs as a person reads them: a sum never stands without how many resources it is of."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from infraops.assessment.budgets import in_words
from infraops.assessment.policy import sentence
from infraops.models.plans.cost import Cost
from infraops.models.reports.answers import CostRow, Costs
from infraops.models.runs.run import RunResult
from infraops.views.console import Streams
from infraops.views.documents import cost_document, plain
from infraops.views.tables import Row, show_rows
from infraops.views.words import count, first_of

UNKNOWN = "?"
_NAMED = 5  # types without a price, and stale prices, that a sentence names; the rest are counted


def is_worth_a_line(cost: Cost | None) -> bool:
    """Whether there is anything to say of a cost: something is priced, and not zero."""
    return cost is not None and cost.known and bool(cost.before or cost.after)


def cost_cell(cost: Cost | None) -> str:
    """Write what a month costs more, with how many resources it is of where not all have a price."""
    if cost is None or cost.delta is None:
        return UNKNOWN
    more = money(cost.delta, signed=True) if abs(cost.delta) >= 0.005 else "0"
    return more if cost.complete else f"{more} ({cost.priced}/{cost.priced + cost.unpriced})"


def cost_in_words(cost: Cost) -> str:
    """Say in a line what a month costs more, from what to what, and how far that is known."""
    if cost.delta is None:
        return f"not known; no price for {first_of(cost.unknown, _NAMED)}"
    change = f"{money(cost.delta, signed=True)} {cost.currency}/month"
    return f"{change} ({money(cost.before)} → {money(cost.after)}), {coverage(cost)}"


def coverage(cost: Cost) -> str:
    """Say of how many resources the price is known, which have none, and which prices are old."""
    text = f"{cost.priced} of {count(cost.priced + cost.unpriced, 'resource')} priced"
    text += f"; no price for {first_of(cost.unknown, _NAMED)}" if cost.unknown else ""
    text += f"; stale prices: {first_of(cost.stale, _NAMED)}" if cost.stale else ""
    return text


def money(amount: float, *, signed: bool = False) -> str:
    """Write an amount with two digits behind the point: 1,234.50, +12.40, −3.00."""
    text = f"{abs(amount):,.2f}"
    if amount < 0 and text.strip("0.,"):
        return f"−{text}"
    return f"+{text}" if signed else text


def budget_lines(result: RunResult) -> Iterator[str]:
    """Yield what a run does to the budgets of its environment and of owners."""
    told = {finding.message for finding in result.findings if not finding.denies}
    yield from (f"Budget of {in_words(use)}." for use in result.budgets if in_words(use) not in told)
    yield from (f"Policy: {sentence(finding)}." for finding in result.findings if not finding.denies)


def show_budgets(result: RunResult, streams: Streams, *, all_of_them: bool = False) -> None:
    """Print the budgets that are exceeded, or `all_of_them`; where the run is to blame, with the rule that says so."""
    told = {finding.message for finding in result.findings}
    for use in result.budgets:
        if in_words(use) not in told and (use.exceeded or all_of_them):
            style = "yellow" if use.exceeded else "default"
            streams.out.print(Text(f"budget of {in_words(use)}", style=style), soft_wrap=True)
    show_run_findings(result, streams.out)


def show_run_findings(result: RunResult, out: Console) -> None:
    """Print the rules that a run as a whole breaks; what denies it is its failure, and shown as such."""
    for finding in result.findings:
        if not finding.denies:
            style = "dim" if finding.waived else "yellow"
            out.print(Text(f"policy: {sentence(finding)}", style=style), soft_wrap=True)


def show_costs(found: Costs, streams: Streams) -> None:
    """Print a row a stack, the sum, budgets, and what the month will come to."""
    titles = ("stack", "before", "after", "change", "budget", "used", "priced")
    show_rows(titles, [Row(_cells(row)) for row in found.rows], streams, spare=("used", "before"))
    total, forecast = found.total, found.forecast
    streams.out.print()
    streams.out.print(Text(f"Together: {cost_in_words(total)}.", style="bold"), soft_wrap=True)
    unseen = sum(row.cost is None for row in found.rows)
    if unseen:
        streams.out.print(Text(f"Nothing is known of {count(unseen, 'stack')}.", style="yellow"))
    if total.source:
        streams.out.print(Text(f"Prices: {total.source}", style="dim"), soft_wrap=True)
    show_budgets(found.result, streams, all_of_them=True)
    if is_worth_a_line(total):
        text = (
            f"{forecast.month}: at most {money(forecast.total)} {forecast.currency} if applied now "
            f"({money(forecast.spent)} until now, {money(forecast.to_come)} to come)"
        )
        streams.out.print(Text(text), soft_wrap=True)


def _cells(row: CostRow) -> tuple[str | Text, ...]:
    cost, budget = row.cost, row.budget
    if cost is None or cost.delta is None:
        amounts: Iterable[str] = (UNKNOWN,) * 3
    else:
        amounts = (money(cost.before), money(cost.after), money(cost.delta, signed=True))
    share: str | Text = ""
    if budget and cost is not None and cost.known:
        share = Text(f"{cost.after / budget:.0%}", style="yellow" if cost.after > budget else "default")
    priced = "" if cost is None else f"{cost.priced} of {cost.priced + cost.unpriced}"
    return (row.stack, *amounts, "" if budget is None else money(budget), share, priced)


def cost_table_document(found: Costs) -> dict[str, Any]:
    """Return costs as a document's content."""
    return {
        "run": found.result.run,
        "environment": found.result.environment,
        "stacks": [
            {
                "stack": row.stack,
                "owner": row.owner,
                "cost": None if row.cost is None else cost_document(row.cost),
                "budget": row.budget,
            }
            for row in found.rows
        ],
        "total": cost_document(found.total),
        "budgets": plain(found.result.budgets),
        "findings": plain(found.result.findings),
        "forecast": {**plain(found.forecast), "total": round(found.forecast.total, 4)},
        "failures": [
            {"stack": stack.stack, **plain(stack.failure)} for stack in found.result.stacks if stack.failure is not None
        ],
    }
