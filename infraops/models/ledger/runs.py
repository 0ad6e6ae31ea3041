"""What is taken down of a run, and of programs that somebody runs by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infraops.models.ledger.changes import Claimed
from infraops.models.runs.run import Outcome


@dataclass(frozen=True)
class GitState:
    """The commit the control repo stood at; `dirty` says that files differed from it, `files_changed` how many."""

    commit: str
    branch: str | None = None
    dirty: bool = False
    files_changed: int = 0


@dataclass(frozen=True)
class Asked:
    """What an operator asked of a run beside its selection, so that it can be asked once more."""

    until: str = ""
    replace: tuple[str, ...] = ()
    limit: tuple[str, ...] = ()
    refresh: bool = False
    destroy: bool = False
    parallelism: int | None = None
    orphans: bool = False
    forget: bool = False
    claimed: Claimed = field(default_factory=Claimed)
    untrusted: bool = False
    infracost: str = ""  # the file, from the root of the file system


@dataclass(frozen=True)
class RunStarted:
    """A run began.

    `selection` is how the stacks were chosen, in words, never the command line as typed (it may hold a secret).
    `started` is the process' start in clock ticks since boot: with `pid` and `host` it names the process.
    """

    command: str
    user: str
    host: str
    pid: int
    started: int
    selection: str = ""
    stacks: tuple[str, ...] = ()
    git: GitState | None = None
    versions: Mapping[str, str] = field(default_factory=dict)  # of infraops, Terraform, Ansible, …
    asked: Asked = field(default_factory=Asked)
    resumes: str = ""  # the run that this one goes on with
    boot: str = ""  # as in `Owner`


@dataclass(frozen=True)
class RunEnded:
    """A run ended by itself; one that was killed has no such entry."""

    outcome: Outcome
    exit_code: int


@dataclass(frozen=True)
class CommandStarted:
    """Somebody runs a program on a stack by hand; `argv` without values of secrets and variables.

    `copy` is where its state was copied to before, empty where there was none. What `may_change` something ends every
    proof. Written before the program starts.
    """

    argv: tuple[str, ...]
    copy: str = ""
    may_change: bool = True


@dataclass(frozen=True)
class CommandEnded:
    """A program that somebody ran by hand has ended."""

    exit_code: int
    seconds: float
