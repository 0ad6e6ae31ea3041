"""Words about this machine and its hosts: doctor, lab, ssh."""

import typer


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
