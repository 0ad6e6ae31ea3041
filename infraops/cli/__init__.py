"""The command line: words and options, nothing else."""

import shlex
from collections.abc import Callable

import typer
import typer.main

from infraops.cli.door import Finished
from infraops.cli.headings import Program
from infraops.errors import Exit


def _add_repo_words(app: typer.Typer) -> None:
    from infraops.cli.repo_words import add_to

    add_to(app)


def _add_file_words(app: typer.Typer) -> None:
    from infraops.cli.file_words import add_to

    add_to(app)


def _add_import_words(app: typer.Typer) -> None:
    from infraops.cli.import_words import add_to

    add_to(app)


def _add_line_words(app: typer.Typer) -> None:
    from infraops.cli.line_words import add_to

    add_to(app)


def _add_review_words(app: typer.Typer) -> None:
    from infraops.cli.review_words import add_to

    add_to(app)


def _add_cost_words(app: typer.Typer) -> None:
    from infraops.cli.cost_words import add_to

    add_to(app)


def _add_policy_words(app: typer.Typer) -> None:
    from infraops.cli.policy_words import add_to

    add_to(app)


def _add_record_words(app: typer.Typer) -> None:
    from infraops.cli.record_words import add_to

    add_to(app)


def _add_ci_words(app: typer.Typer) -> None:
    from infraops.cli.ci_words import add_to

    add_to(app)


def _add_lab_words(app: typer.Typer) -> None:
    from infraops.cli.lab_words import add_to

    add_to(app)


# What a word needs takes up to half of the time that a light command takes: only the groups that have it are loaded.
_GROUPS: tuple[tuple[Callable[[typer.Typer], None], frozenset[str]], ...] = (
    (_add_repo_words, frozenset({"init", "new", "graph", "schema", "template"})),
    (_add_file_words, frozenset({"validate", "render"})),
    (_add_import_words, frozenset({"import"})),
    (_add_line_words, frozenset({"exec", "plan", "apply", "destroy", "forget", "drift", "resume", "unlock"})),
    (_add_review_words, frozenset({"review", "approve"})),
    (_add_cost_words, frozenset({"cost"})),
    (_add_policy_words, frozenset({"policy"})),
    (_add_record_words, frozenset({"status", "output", "inventory", "history", "logs", "ledger"})),
    (_add_ci_words, frozenset({"ci"})),
    (_add_lab_words, frozenset({"doctor", "ssh", "lab"})),
)


def program(word: str | None = None) -> typer.Typer:
    """Make the program; of all groups of words only the one with `word`, where it is in one."""
    app = typer.Typer(
        name="infraops",
        cls=Program,
        help="An assembly line for infrastructure: from a YAML blueprint in git to a running, verified service.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        epilog="Exit codes: 0 done, 1 failed, 2 changes pending (--detailed-exitcode), 3 bug, 4 denied, "
        "5 not approved, 6 stale, 7 locked, 64 wrong usage or input, 130 interrupted.",
    )
    app.callback()(infraops)
    having = [add for add, words in _GROUPS if word in words]
    for add in having or [add for add, _ in _GROUPS]:
        add(app)
    return app


def infraops(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Declare a service in a blueprint; infraops carries it to a verified result."""
    if version:
        from infraops import __version__

        typer.echo(f"infraops {__version__}")
        raise typer.Exit


def run(arguments: list[str], app: typer.Typer | None = None) -> int:
    """Run one command line and return its exit code; `app` is the program where it was made already."""
    try:
        (app or program(*arguments[:1]))(args=arguments, prog_name="infraops")
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
    commands = getattr(typer.main.get_command(program()), "commands", {})
    at = next((at for at, word in enumerate(arguments) if word in commands), 0)
    if at:
        line = shlex.join(["infraops", *arguments[at:], *arguments[:at]])
        typer.echo(f"Options go behind the command: {line}", err=True)
