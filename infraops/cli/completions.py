"""What the shell is offered for each word, from what stands around the words before it; where that fails, nothing."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

Offer = Callable[[typer.Context, str], list[str]]


def _offer(find: Callable[[ModuleType, dict[str, Any]], Iterable[str]]) -> Offer:
    """Make typer's callback of what finds the words; it is handed the options that were typed already, too."""

    def offer(ctx: typer.Context, incomplete: str) -> list[str]:
        from infraops.commands import completing  # start-up time: the tab key alone needs it

        try:
            return [word for word in find(completing, ctx.params) if word.startswith(incomplete)]
        except Exception:  # nobody asked a question yet: what is wrong is said when the command is called
            return []

    return offer


def _directory(given: dict[str, Any]) -> Path:
    return Path(given.get("chdir") or Path.cwd())


def _named(given: dict[str, Any]) -> str | None:
    named = given.get("environment")
    return named[-1] if isinstance(named, list | tuple) and named else named or None


def _environment(completing: ModuleType, given: dict[str, Any]) -> str | None:
    return _named(given) or completing.default_environment(_directory(given))


environments = _offer(lambda completing, given: completing.environments(_directory(given)))
blueprints = _offer(lambda completing, given: completing.blueprints(_directory(given), _named(given)))
owners = _offer(lambda completing, given: completing.owners(_directory(given)))
templates = _offer(lambda completing, given: completing.templates(_directory(given)))
hosts = _offer(
    lambda completing, given: completing.hosts(_directory(given), _environment(completing, given), os.environ)
)
runs = _offer(lambda completing, given: completing.runs(_directory(given)))
logged_stacks = _offer(lambda completing, given: completing.logged_stacks(_directory(given)))
stations = _offer(lambda completing, given: completing.stations())
rules = _offer(lambda completing, given: completing.rules(_directory(given)))
kinds = _offer(lambda completing, given: completing.kinds())
