"""One Terraform command: started, listened to, and its end judged."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.processes import Children, Finished, Watch, Workers
from infraops.tools.files import content
from infraops.tools.terraform.messages.events import Diagnostic, LogLine, OnEvent, TerraformEvent, event, message
from infraops.tools.terraform.messages.failures import End, failure
from infraops.tools.terraform.messages.secrecy import Secrecy
from infraops.tools.terraform.program.pinned import Program

LOCK_FILE = ".terraform.lock.hcl"


@dataclass(frozen=True)
class Answer:
    """What a command that ended well said: its exit code, its warnings, its outputs where it told them."""

    exit_code: int
    stdout: str
    seconds: float
    warnings: tuple[Diagnostic, ...] = ()
    outputs: Mapping[str, Any] | None = None
    counts: Mapping[str, int] | None = None  # of its change summary: add, change, remove
    told: frozenset[str] = frozenset()  # the types of the `-json` messages that a streamed command sent


@dataclass(frozen=True)
class Commander:
    """Starts commands of one program in one directory. `watch` is told of each process.

    Where there are `workers` and the program can be one, they carry commands out; else each has its own process.
    """

    program: Program
    directory: Path
    environment: Mapping[str, str]
    secrecy: Secrecy = field(default_factory=Secrecy)
    children: Children | None = None
    on_event: OnEvent | None = None
    watch: Watch | None = None
    workers: Workers | None = None

    def run(
        self,
        arguments: tuple[str, ...],
        *,
        doing: str,
        variables: Mapping[str, str] | None = None,
        ends_well: tuple[int, ...] = (0,),
        streamed: bool = False,
    ) -> Answer:
        """Run a command to its end; `streamed` ones speak `-json` and are listened to line by line.

        `variables` are added to the environment of this one command, which then has a process of its own.
        Raises InfraOpsError in Terraform's own words, Locked where another run holds the state, Interrupted where an
        interrupt ended it.
        """
        if self.children is not None and self.children.interrupted.is_set():
            raise Interrupted(doing, "not begun, because the run was interrupted")
        listener = _Listener(self.on_event, self.secrecy)
        try:
            finished = self._carry_out(arguments, variables or {}, listener.hear if streamed else None)
        except OSError as error:
            raise InfraOpsError(doing, f"cannot start {self.program.argv[0]}: {error.strerror}") from error
        if listener.broken is not None:
            raise listener.broken
        if finished.exit_code not in ends_well:
            raise self._failure(doing, listener, finished)
        warnings = tuple(found for found in listener.diagnostics if found.severity == "warning")
        return Answer(
            finished.exit_code,
            finished.stdout,
            finished.seconds,
            warnings,
            listener.outputs,
            listener.counts,
            frozenset(listener.told),
        )

    def _carry_out(
        self, arguments: tuple[str, ...], variables: Mapping[str, str], on_line: Callable[[str], None] | None
    ) -> Finished:
        if self.workers is not None and self.program.worker and not variables:
            return self.workers.run(
                self.program.worker,
                (f"-chdir={self.directory}", *arguments),
                env=self.environment,
                key=(content(self.directory / LOCK_FILE),),
                on_line=on_line,
                watch=self.watch,
                children=self.children,
            )
        return processes.run(
            [*self.program.argv, *arguments],
            cwd=self.directory,
            env={**self.environment, **variables},
            on_line=on_line,
            watch=self.watch,
            children=self.children,
            survives=on_line is not None,
        )

    def say(self, event: TerraformEvent) -> None:
        """Tell the listener something that infraops itself did."""
        if self.on_event is not None:
            self.on_event(event)

    def _failure(self, doing: str, listener: "_Listener", finished: Finished) -> InfraOpsError:
        children = self.children
        end = End.FAILED
        if finished.exit_code == -signal.SIGKILL:
            end = End.KILLED
        elif finished.exit_code == -signal.SIGINT or (children is not None and children.interrupted.is_set()):
            end = End.INTERRUPTED
        return failure(doing, listener.diagnostics, self.secrecy.hide(finished.stderr or finished.stdout), end)


class _Listener:
    """Hears the `-json` lines of one command."""

    def __init__(self, on_event: OnEvent | None, secrecy: Secrecy) -> None:
        self._on_event = on_event
        self._secrecy = secrecy
        self.broken: Exception | None = None
        self.diagnostics: list[Diagnostic] = []
        self.outputs: Mapping[str, Any] | None = None
        self.counts: Mapping[str, int] | None = None
        self.told: set[str] = set()

    def hear(self, line: str) -> None:
        document = message(line)
        if document is None:
            if line.strip():
                self._tell(LogLine(self._secrecy.hide(line)))
            return
        self.told.add(str(document.get("type")))
        if document.get("type") == "outputs":
            self.outputs = document.get("outputs")
        if document.get("type") == "change_summary":
            self.counts = document.get("changes")
        happened = event(self._secrecy.hide_in(document))
        if isinstance(happened, Diagnostic):
            self.diagnostics.append(happened)
        self._tell(happened)

    def _tell(self, happened: TerraformEvent) -> None:
        """Pass an event on; a callback that breaks must not end Terraform in the middle of its work."""
        if self._on_event is None or self.broken is not None:
            return
        try:
            self._on_event(happened)
        except Exception as error:
            self.broken = error
