"""A pipeline: what a control repo's jobs on a forge are made from. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Forge(StrEnum):
    """A code host whose pipelines can be written."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True)
class Jobs:
    """One environment's jobs. `variables` name what its jobs read from their environment, and what is secret.

    `levels` says over how many jobs, one after the other, an apply is spread; 0: one job applies all.
    """

    environment: str
    approval: bool = False
    variables: tuple[str, ...] = ()
    levels: int = 0
    lost: tuple[str, ...] = ()  # what a job would lose with its machine, in words


@dataclass(frozen=True)
class Pipeline:
    """All that is written into a pipeline; `directory` is where the control repo stands in its git repository."""

    version: str  # of infraops, to be installed
    base: str
    environments: tuple[Jobs, ...]
    directory: str = ""
    extras: tuple[str, ...] = ()
    lock: str = ""  # a file with locked requirements, relative to the git repository
    allow: str = ""  # the list for untrusted branches, relative to the git repository
    terraform: str = ""  # a program that jobs have to bring along; the embedded one comes with infraops
    group_size: int = 20


@dataclass(frozen=True)
class Group:
    """Blueprints of one level that one job applies, and the job's name."""

    name: str
    stacks: tuple[str, ...]


@dataclass(frozen=True)
class Waves:
    """The chosen stacks of an environment in groups: those of one level go side by side, the levels in order."""

    environment: str
    levels: tuple[tuple[Group, ...], ...] = ()


@dataclass(frozen=True)
class Written:
    """What was written into a git repository, and what whoever uses it has to know."""

    files: tuple[str, ...]
    unchanged: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # what is left to do by hand
