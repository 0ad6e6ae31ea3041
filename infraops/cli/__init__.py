"""The command line: words and options, nothing else."""

import shlex

import typer
import typer.main

from infraops.cli.door import Finished
from infraops.cli.lab_words import add_to as add_lab_words
from infraops.cli.line_words import add_to as add_line_words
from infraops.cli.record_words import add_to as add_record_words
from infraops.cli.repo_words import add_to as add_repo_words
from infraops.cli.review_words import add_to as add_review_words
from infraops.errors import Exit

app = typer.Typer(
    name="infraops",
    help="An assembly line for infrastructure: from a YAML blueprint in git to a running, verified service.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 changes pending (--detailed-exitcode), 3 bug, 4 denied, "
    "5 not approved, 6 stale, 7 locked, 64 wrong usage or input, 130 interrupted.",
)


@app.callback()
def infraops(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Declare a service in a blueprint; infraops carries it to a verified result."""
    if version:
        from infraops import __version__

        typer.echo(f"infraops {__version__}")
        raise typer.Exit


for add_words in (add_repo_words, add_line_words, add_review_words, add_record_words, add_lab_words):
    add_words(app)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        app(args=arguments, prog_name="infraops")
    except Finished as finished:
        return finished.code
    except SystemExit as end:
        if end.code == 2:
            _tell_where_options_go(arguments)
        # typer's own code for wrong usage is 2, which here is kept for "changes are pending"
        return Exit.USAGE if end.code == 2 else int(end.code or 0)
    return Exit.DONE


def _tell_where_options_go(arguments: list[str]) -> None:
    """Say, after a complaint about a command line that begins with an option, how it is meant to be."""
    commands = getattr(typer.main.get_command(app), "commands", {})
    at = next((at for at, word in enumerate(arguments) if word in commands), 0)
    if at:
        line = shlex.join(["infraops", *arguments[at:], *arguments[:at]])
        typer.echo(f"Options go behind the command: {line}", err=True)
