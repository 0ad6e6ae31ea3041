"""Words about this machine and its hosts: ssh."""

import os
from typing import Annotated

import typer

from infraops.cli.door import Door, command
from infraops.cli.options import Environment
from infraops.commands import ssh as connecting


def add_to(app: typer.Typer) -> None:
    """Add these words to the program."""
    command(app)(ssh)


def ssh(
    door: Door,
    host: Annotated[str, typer.Argument(help="A host, or a stack that has one.")],
    words: Annotated[list[str] | None, typer.Argument(help="A command to run there.", metavar="[-- COMMAND…]")] = None,
    environment: Environment = None,
) -> None:
    """Open a shell on a host, or run one command there; the host's key is pinned.

    Example: infraops ssh storefront-app-01 -- uptime
    """
    argv = connecting.ssh_argv(environment, host, door.surroundings(), tuple(words or ()))
    os.execvp(argv[0], argv)  # noqa: S606 - ssh takes this process' place, terminal and exit code
