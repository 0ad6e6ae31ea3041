"""What a plan and an apply came to."""

from dataclasses import dataclass
from pathlib import Path

from infraops.models.plans.contract import Outputs
from infraops.tools.terraform.messages.events import Diagnostic


@dataclass(frozen=True)
class Planned:
    """A plan is in its file; `changes` is Terraform's own word for whether it would do anything.

    In a `quiet` one nothing changes, nothing has drifted, nothing moves, and Terraform has no remark.
    """

    file: Path
    changes: bool
    quiet: bool = False
    warnings: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Applied:
    """A plan was carried out; the outputs are those that Terraform told at its end."""

    outputs: Outputs
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    warnings: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0
