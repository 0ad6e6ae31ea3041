"""Words about policy: policy list, policy explain."""

from typing import Annotated

import typer

from infraops.cli import completions
from infraops.cli.door import Door, command
from infraops.commands import policy as ruling
from infraops.views.documents import plain, print_document
from infraops.views.policies import show_rule, show_rules


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    policy = typer.Typer(help="The rules that plans are held to.", no_args_is_help=True, rich_markup_mode=None)
    command(policy, "list")(list_rules)
    command(policy)(explain)
    app.add_typer(policy, name="policy")


def list_rules(door: Door) -> None:
    """List every rule with its severity, built-in ones first.

    Example: infraops policy list
    """
    found = ruling.list_rules(door.surroundings())
    if door.streams.json:
        print_document("infraops/policy-list/v1", plain(found), door.streams)
    else:
        show_rules(found, door.streams)


def explain(
    door: Door,
    name: Annotated[str, typer.Argument(help="The rule's name.", autocompletion=completions.rules)],
) -> None:
    """Explain what a rule forbids, why, what to do, and who is let off.

    Example: infraops policy explain protected-not-destroyed
    """
    found = ruling.explain_rule(name, door.surroundings())
    if door.streams.json:
        print_document("infraops/policy/v1", plain(found), door.streams)
    else:
        show_rule(found, door.streams)
