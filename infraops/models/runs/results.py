"""What the foreign tools bring back: configured hosts and answered checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infraops.models.plans.plan import ResourceChange


@dataclass(frozen=True)
class TaskFailure:
    """A task that failed on a host, or the reason why a host could not be reached."""

    host: str
    task: str
    message: str
    unreachable: bool = False
    place: str = ""  # the task's file and line, as Ansible knows it


@dataclass(frozen=True)
class HostRecap:
    """Ansible's count of task results on one host.

    `finished` is False where the run stopped before the host had all that the playbook holds for it (another host's
    failure ended the play, a batch was never begun): nothing failed on it, and yet it is not configured.
    """

    ok: int = 0
    changed: int = 0
    failed: int = 0
    unreachable: int = 0
    skipped: int = 0
    finished: bool = True

    @property
    def succeeded(self) -> bool:
        """Whether every task was carried out."""
        return self.finished and not self.failed and not self.unreachable


Tasks = Mapping[str, tuple[str, ...]]  # by host


@dataclass(frozen=True)
class Checked:
    """What Ansible's check mode found on hosts: the names of tasks, by host, in the order they came.

    `changes` would change something. `unpredictable` have nothing to say in check mode, and `escapes` ran all the same,
    because they are told to (`check_mode: false`).
    """

    changes: Tasks = field(default_factory=dict)
    unpredictable: Tasks = field(default_factory=dict)
    escapes: Tasks = field(default_factory=dict)


@dataclass(frozen=True)
class Configured:
    """What one Ansible run did for a stack. `hosts` holds every host that was asked for, reached or not."""

    hosts: Mapping[str, HostRecap] = field(default_factory=dict)
    failures: tuple[TaskFailure, ...] = ()
    seconds: float = 0.0
    shared_with: int = 0  # other stacks that the same run configured
    checked: Checked = Checked()  # where it was a run in check mode

    @property
    def silent(self) -> tuple[str, ...]:
        """The hosts that were not reached, or on which a task failed."""
        return tuple(sorted({failure.host for failure in self.failures}))

    @property
    def succeeded(self) -> bool:
        """Whether every host was reached and no task failed."""
        return not self.failures and all(recap.succeeded for recap in self.hosts.values())


@dataclass(frozen=True)
class Drift:
    """What was found to differ from what was applied: resources, and hosts with the number of tasks that would act.

    `silent` hosts were not reached, or a task failed on them. `explained` says what the ledger knows about it.
    """

    resources: tuple[ResourceChange, ...] = ()
    hosts: Mapping[str, int] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    explained: str = ""
    unconfigured: tuple[ResourceChange, ...] = ()  # what the configuration says nothing of: told, and no drift

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.resources or self.hosts)


@dataclass(frozen=True)
class Prediction:
    """What configuring a stack would do, as far as anybody can tell beforehand.

    `silent` hosts were not reached, or a task failed on them; `not_asked` ones do not exist yet, or will be others.
    """

    found: Checked = Checked()
    silent: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """One check of the verify station: did it pass, after how many tries, and the reason of the last failure."""

    name: str
    target: str
    passed: bool
    seconds: float
    attempts: int
    reason: str = ""
