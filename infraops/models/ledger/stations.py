"""What is taken down of a stack on its way: stations, the programs they start, and the hosts they reach."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infraops.models.runs.run import Outcome


@dataclass(frozen=True)
class StationStarted:
    """A stack entered a station; written before the station works."""

    station: str


@dataclass(frozen=True)
class InState:
    """How many managed resources a state holds; `place` is where it is, if it is kept on one machine alone."""

    resources: int
    place: str = ""


@dataclass(frozen=True)
class StationEnded:
    """A stack left a station. `digests` is the evidence it found, by name ("inputs", "effect", "playbook").

    `in_state` is what provision left behind, where that is known.
    """

    station: str
    outcome: Outcome
    seconds: float
    digests: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    in_state: InState | None = None


@dataclass(frozen=True)
class ChildStarted:
    """A foreign program was started; `started` as in `RunStarted`. Written before the program has done its work."""

    program: str
    pid: int
    started: int


@dataclass(frozen=True)
class ChildEnded:
    """A foreign program ended after `seconds`."""

    program: str
    pid: int
    exit_code: int
    seconds: float


@dataclass(frozen=True)
class HostsTouched:
    """A playbook is about to run on these hosts: what was proven of them holds no more. Written before it runs."""

    hosts: tuple[str, ...]


@dataclass(frozen=True)
class HostConfigured:
    """A host went through its playbook.

    `digest` is of all that its configuration is made from. `independent` says that no play looks at another host, so
    that the proof stands even if other hosts failed in the same run of the playbook.
    """

    host: str
    identity: str
    digest: str
    independent: bool = False


@dataclass(frozen=True)
class DriftFound:
    """A stack's resources (Terraform addresses) were found to differ from what was applied."""

    resources: tuple[str, ...]
