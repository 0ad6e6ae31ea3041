"""Words about money: cost."""

import typer

from infraops.cli.door import Door, command
from infraops.cli.line_words import line_surroundings
from infraops.cli.options import Infracost, Parallelism
from infraops.commands import cost as costing
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.views.costs import cost_table_document, show_costs
from infraops.views.documents import print_document
from infraops.views.runs import show_failures


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app)(cost)


def cost(door: Door, selection: Selection, infracost: Infracost = None, parallelism: Parallelism = None) -> int:
    """Show what stacks cost a month, before and after the plan.

    How much of their budgets that is stands below.

    Example: infraops cost -e production
    """
    with door.progress:
        found = costing.cost(selection, line_surroundings(door), parallelism=parallelism, infracost=infracost)
    if door.streams.json:
        print_document("infraops/cost/v1", cost_table_document(found), door.streams)
    else:
        show_costs(found, door.streams)
        show_failures(found.result, door.streams)
    return exit_code_of(found.result)
