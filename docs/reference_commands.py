"""The pages about the command line: every command with its options, and every exit code."""

from collections.abc import Iterator
from typing import Any

import typer.main

from infraops import errors
from infraops.cli import program
from infraops.cli.door import SHARED
from infraops.errors import Exit, InfraOpsError

MEANINGS = {
    Exit.DONE: "Done, or nothing to do.",
    Exit.FAILED: "An operation failed; the output and `infraops logs` say which and why.",
    Exit.CHANGES_PENDING: "Changes are pending. Only with `--detailed-exitcode`.",
    Exit.BUG: "A bug in infraops; please report it.",
    Exit.DENIED: "A rule forbids it; no approval overrides that.",
    Exit.NOT_APPROVED: "Nobody said yes.",
    Exit.STALE: "The effect is no longer what was approved: a state that is to be forgotten has changed meanwhile.",
    Exit.LOCKED: "Another run is at work on the same state.",
    Exit.USAGE: "Wrong usage, or the files of the control repo hold mistakes.",
    Exit.INTERRUPTED: "Interrupted.",
}


def all_commands() -> dict[str, Any]:
    """Return every command by its words, groups left out: `plan`, `ledger verify`."""
    return dict(_walk((), typer.main.get_command(program())))


def _walk(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(words), command
        return
    for name, child in children.items():
        yield from _walk((*words, name), child)


def commands_page() -> str:
    """Return the page with every command."""
    commands = all_commands()
    lines = [
        "# Every command",
        "",
        "[command-line.md](../command-line.md) explains what commands have in common. An option with a variable may be",
        "given by that environment variable instead.",
        "",
        *(f"- [`infraops {words}`](#infraops-{words.replace(' ', '-')})" for words in commands),
        "",
        "## Options of every command",
        "",
        *_options([option for option in next(iter(commands.values())).params if option.name in SHARED]),
    ]
    for words, command in commands.items():
        lines += ["", f"## infraops {words}", "", *_command(words, command)]
    return "\n".join(lines)


def _command(words: str, command: Any) -> Iterator[str]:
    text, _, example = (command.help or "").partition("\nExample:")
    yield text.strip()
    own = [parameter for parameter in command.params if parameter.name not in SHARED]
    arguments = [parameter for parameter in own if parameter.param_type_name == "argument"]
    placed = "".join(f" {_usage(one)}" for one in arguments)
    yield from ("", "```", f"infraops {words} [OPTIONS]{placed}", "```")
    for argument in arguments:
        yield from ("", f"`{argument.name.upper()}`: {getattr(argument, 'help', None) or ''}".rstrip())
    options = [parameter for parameter in own if parameter.param_type_name == "option"]
    if options:
        yield from ("", *_options(options))
    if example.strip():
        yield from ("", f"Example: `{example.strip()}`")


def _usage(argument: Any) -> str:
    word = argument.name.upper() if argument.required else f"[{argument.name.upper()}]"
    return f"{word}..." if argument.nargs == -1 else str(word)


def _options(options: list[Any]) -> Iterator[str]:
    yield "| option | value | variable | meaning |"
    yield "|---|---|---|---|"
    for option in options:
        names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
        # one with a callback takes several words only to refuse them, instead of the first without a word
        many = ", may be repeated" if option.multiple and option.callback is None else ""
        plain = "TEXT" if getattr(option, "min", None) is None else "NUMBER"
        value = "" if option.is_flag else f"{option.metavar or plain}{many}"
        variable = f"`{option.envvar}`" if option.envvar else ""
        meaning = (option.help or "").replace("|", "\\|")
        shown = "" if option.is_flag or option.default in (None, (), []) else f" Default: {option.default}."
        yield f"| {names} | {value} | {variable} | {meaning}{shown} |"


def exit_codes_page() -> str:
    """Return the page with every exit code."""
    lines = [
        "# Exit codes",
        "",
        "| code | name | meaning |",
        "|---|---|---|",
        *(f"| {code.value} | {code.name.lower().replace('_', ' ')} | {MEANINGS[code]} |" for code in Exit),
        "",
        "Of several failures in one run, 3 wins over 1, and 1 over the others; among those the highest counts.",
        "",
        "## Kinds of errors",
        "",
        "| kind | exit code | meaning |",
        "|---|---|---|",
        *(f"| {kind.__name__} | {int(kind.exit_code)} | {_first_line(kind)} |" for kind in error_kinds()),
    ]
    return "\n".join(lines)


def error_kinds() -> list[type[InfraOpsError]]:
    """Return the kinds of errors that an operator may meet, by exit code."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, InfraOpsError)]
    return sorted(kinds, key=lambda kind: (int(kind.exit_code), kind.__name__))


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]
