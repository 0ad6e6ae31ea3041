"""What a test of a template found: each case's steps, how each ended, and how long it took. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from infraops.models.runs.run import Failure

STEPS = ("render", "create", "converge", "idempotence", "verify", "destroy")


class Verdict(StrEnum):
    """How a step of a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # one before it failed


@dataclass(frozen=True)
class Step:
    """One step of a case."""

    name: str
    verdict: Verdict
    seconds: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True)
class TestedCase:
    """One case of a template's test; `kept` is where its logs are, if any were kept, and what it could not destroy."""

    template: str
    case: str
    steps: tuple[Step, ...]
    kept: str = ""

    __test__ = False  # for programs that collect tests by name

    @property
    def passed(self) -> bool:
        """Whether every step passed."""
        return all(step.verdict is Verdict.PASSED for step in self.steps)


@dataclass(frozen=True)
class Tested:
    """All cases; `interrupted` says that some were not come to."""

    environment: str
    platform: str
    cases: tuple[TestedCase, ...]
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """The exit code that it stands for."""
        if self.interrupted:
            return 130
        return 0 if all(case.passed for case in self.cases) else 1
