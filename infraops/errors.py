"""What can go wrong in a way that the operator can mend, and the exit code each kind has."""

import errno
import os
from dataclasses import dataclass
from enum import IntEnum

_MOVE = "there is a file where a directory is needed: move it away, or choose another place"
_PERMIT = "look at who owns it and what its mode permits"
_HINTS = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there",
    errno.EROFS: "choose a place that can be written to",
    errno.EACCES: _PERMIT,
    errno.EPERM: _PERMIT,
    errno.ENOTDIR: _MOVE,
    errno.EEXIST: _MOVE,
}


class Exit(IntEnum):
    """Exit codes of the command line; 2 is kept for `--detailed-exitcode` alone."""

    DONE = 0
    FAILED = 1
    CHANGES_PENDING = 2
    BUG = 3
    DENIED = 4
    NOT_APPROVED = 5
    STALE = 6
    LOCKED = 7
    USAGE = 64
    INTERRUPTED = 130


@dataclass(frozen=True, order=True)
class Place:
    """Where in the user's files something stands: a path as the user knows it, and a line from 1."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong in the user's files: where, what, and what to do about it."""

    place: Place
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" + (f"; {self.hint}" if self.hint else "")


class InfraOpsError(Exception):
    """Something the operator can mend.

    `doing` names the action ("reading blueprints/web.yaml"), `problem` what stopped it, `hint` what to do next.
    """

    exit_code = Exit.FAILED

    def __init__(self, doing: str, problem: str, hint: str = "") -> None:
        super().__init__(doing, problem, hint)
        self.doing = doing
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.doing}: {self.problem}"


class UsageError(InfraOpsError):
    """The command line asks for something that cannot be meant."""

    exit_code = Exit.USAGE


class InvalidInput(InfraOpsError):
    """The user's files hold mistakes; all of them are collected before this is raised."""

    exit_code = Exit.USAGE

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        count = len(mistakes)
        super().__init__("validating the control repo", f"{count} mistake{'s' if count != 1 else ''} found")
        self.mistakes = mistakes


class NotApproved(InfraOpsError):
    """Nobody, or nobody entitled, has said yes to what would happen."""

    exit_code = Exit.NOT_APPROVED


class Denied(InfraOpsError):
    """A rule of the environment or of a blueprint forbids what would happen."""

    exit_code = Exit.DENIED


class Untrusted(Denied):
    """A branch that nobody trusts yet is made of things that may act while they are only planned."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        count = len(mistakes)
        problem = f"{count} thing{'s' if count != 1 else ''} in it may act, or give something away, while it is planned"
        super().__init__(
            "looking at the untrusted branch", problem, "docs/untrusted.md says what is looked at, and why"
        )
        self.mistakes = mistakes


class Stale(InfraOpsError):
    """What would happen is no longer what somebody said yes to."""

    exit_code = Exit.STALE


class Locked(InfraOpsError):
    """Another run is at work on the same stacks."""

    exit_code = Exit.LOCKED


class Interrupted(InfraOpsError):
    """The operator asked to stop."""

    exit_code = Exit.INTERRUPTED


def system_error(error: OSError) -> InfraOpsError:
    """Describe what the system refused, with the path that it speaks of."""
    doing = f"using {os.fsdecode(error.filename)}" if error.filename is not None else "working"
    problem = (error.strerror or str(error) or type(error).__name__).lower()
    return InfraOpsError(doing, problem, _HINTS.get(error.errno or 0, "--verbose shows where it came up"))
