"""What every command shares: streams, surroundings, and the one place where errors become exit codes."""

import inspect
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer
from typer.models import OptionInfo

from infraops.cli.options import BUNDLES
from infraops.commands.context.interrupts import listening
from infraops.commands.context.surroundings import Surroundings
from infraops.errors import Exit, InfraOpsError, UsageError
from infraops.models.runs.events import Event
from infraops.processes import Children
from infraops.stations.bench.job import Ask, Question
from infraops.views.console import Streams, open_streams
from infraops.views.errors import show_error, show_system_error
from infraops.views.progress import ProgressView, progress_view

Json = Annotated[bool, typer.Option("--json", envvar="INFRAOPS_JSON", help="One JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar="INFRAOPS_QUIET", help="No progress.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", envvar="INFRAOPS_VERBOSE", help="Every line of every tool.")]
Chdir = Annotated[
    Path | None,
    typer.Option("--chdir", "-C", envvar="INFRAOPS_CHDIR", help="Work as if called in this directory.", metavar="DIR"),
]
SHARED = {"json": Json, "quiet": Quiet, "verbose": Verbose, "chdir": Chdir}


class Finished(BaseException):
    """A command is at its end; `code` is the process's exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Door:
    """What a command's words are handed: the streams, and the surroundings for the command proper."""

    streams: Streams
    directory: Path
    progress: ProgressView
    children: Children = field(default_factory=Children)

    def demand(self, prompt: str, *, doing: str) -> None:
        """Ask before a command that carries no line changes something; raises as `questions.demand` does."""
        from infraops.views.questions import demand  # start-up time: few commands ask

        with listening(self.children, self._report), self.progress.paused():
            demand(prompt, self.streams, interrupted=self.children.interrupted, doing=doing)

    def read_line(self, prompt: str, *, doing: str, hint: str) -> str | None:
        """Ask for a value; None where the input ended. Raises Interrupted where a signal came first."""
        from infraops.views.questions import read_line

        with listening(self.children, self._report), self.progress.paused():
            return read_line(prompt, self.streams, interrupted=self.children.interrupted, doing=doing, hint=hint)

    def surroundings(self, ask: Ask | None = None) -> Surroundings:
        """Build the surroundings; without `ask`, every question is answered no."""
        return Surroundings(
            directory=self.directory,
            environ=dict(os.environ),
            report=self._report,
            ask=ask or _no,
            children=self.children,
            again=(sys.executable, "-P", "-m", "infraops", *sys.argv[1:]),
            become=_become,
        )

    def _report(self, event: Event) -> None:
        self.progress(event)


def _become(argv: list[str]) -> None:
    """Give this process up for another program, in its terminal and with its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is meant to be between


def _no(question: Question) -> bool:
    return False


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., int | None]], None]:
    """Add a function as a command: it gets a Door first, and `--json -q -v -C` besides its own options.

    A parameter named as a bundle (`selection`, `claimed`) becomes that bundle's options, the same on every command. The
    function returns its exit code (None is 0). Operator errors are shown, anything else is a bug with exit code 3.
    """

    def add(function: Callable[..., int | None]) -> None:
        own = list(inspect.signature(function).parameters.values())[1:]
        bundles = [BUNDLES[parameter.name] for parameter in own if parameter.name in BUNDLES]
        own = [parameter for parameter in own if parameter.name not in BUNDLES]
        shared = {name: (kind, None if name == "chdir" else False) for name, kind in SHARED.items()}

        def called(**values: Any) -> None:
            streams = open_streams(**{key: values.pop(key) for key in ("json", "quiet", "verbose")})
            chdir = values.pop("chdir")
            for bundle in bundles:
                values[bundle.name] = bundle.take(values)
            raise Finished(_guarded(function, streams, chdir, values))

        parameters = [
            *(_keyword(name, *option) for bundle in bundles for name, option in bundle.options.items()),
            *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own),
            *(_keyword(name, *option) for name, option in shared.items()),
        ]
        for parameter in parameters:
            _say_value(parameter)
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        called.__doc__ = function.__doc__
        app.command(name or function.__name__.replace("_", "-"))(called)

    return add


def _say_value(parameter: inspect.Parameter) -> None:
    """Have the help call an option's value as the option, where nothing better is said: typer names Python's type."""
    kind, *said = get_args(parameter.annotation) if get_origin(parameter.annotation) is Annotated else (bool,)
    for told in said:
        if isinstance(told, OptionInfo) and told.metavar is None and kind is not bool:
            option = next((word for word in told.param_decls or () if word.startswith("--")), parameter.name)
            told.metavar = option.strip("-").upper()


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _guarded(function: Callable[..., int | None], streams: Streams, chdir: Path | None, values: dict[str, Any]) -> int:
    try:
        directory = (chdir or Path.cwd()).resolve()
        if not directory.is_dir():
            raise UsageError("choosing the directory", f"there is no directory {directory}", "look at --chdir")
        door = Door(streams, directory, progress_view(streams))
        return function(door, **values) or Exit.DONE
    except InfraOpsError as error:
        show_error(error, streams)
        return int(error.exit_code)
    except KeyboardInterrupt:
        streams.err.print("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except OSError as error:  # a full disk, a file where a directory should be: not ours to mend
        if streams.verbose:
            streams.err.print(traceback.format_exc(), soft_wrap=True)
        return show_system_error(error, streams)
    except Exception:
        streams.err.print(traceback.format_exc(), soft_wrap=True)
        streams.err.print("this is a bug in infraops: please report it with the lines above")
        return Exit.BUG
