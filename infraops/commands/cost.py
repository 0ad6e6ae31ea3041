"""`infraops cost`: what stacks cost a month, now and after what is planned, against their budgets."""

from pathlib import Path

from infraops.assessment.forecast import month_end
from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.runs.line import run_line
from infraops.commands.selection.stacks import Selection
from infraops.lines import PLAN
from infraops.models.ledger.runs import Asked
from infraops.models.plans.cost import Cost
from infraops.models.reports.answers import CostRow, Costs


def cost(
    selection: Selection, surroundings: Surroundings, *, parallelism: int | None = None, infracost: Path | None = None
) -> Costs:
    """Plan the selected stacks, also those that are proven up to date, and say what they cost."""
    asked = Asked(refresh=True, parallelism=parallelism)
    result = run_line("cost", PLAN, selection, surroundings, asked, infracost=infracost, every_cost=True)
    stacks = open_repo(surroundings).repo.stacks
    rows = []
    for each in result.stacks:
        budget = stacks[each.stack].budget
        monthly = None if budget is None else float(budget.monthly_usd)
        rows.append(CostRow(each.stack, stacks[each.stack].owner, each.cost, monthly))
    total = result.cost or Cost(currency="USD")
    return Costs(result, tuple(rows), total, month_end(total, surroundings.now()))
