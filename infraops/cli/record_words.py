"""Words about what is and what was: status, output, inventory, history, logs, ledger."""

import typer


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
