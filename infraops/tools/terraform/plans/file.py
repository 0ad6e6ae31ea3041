"""What a saved plan says that `terraform show` does not: which state it was made from."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from infraops.errors import InfraOpsError


@dataclass(frozen=True)
class StateNamed:
    """A state by its lineage, which it keeps for life, and the number of times it was written."""

    lineage: str
    serial: int


def state_behind(plan: Path) -> StateNamed:
    """Return which state a plan was made from, whatever backend keeps it; without a lineage where it was empty.

    Raises InfraOpsError where the file is no saved plan.
    """
    try:
        state = _state_in(plan)
        return StateNamed(str(state.get("lineage") or ""), int(state.get("serial") or 0))
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise InfraOpsError(f"reading the plan {plan.name}", f"it is no saved plan: {error}", "plan again") from error


def resources_behind(plan: Path) -> int | None:
    """Count the managed resources in the state that a plan was made from; None where only Terraform can read that."""
    try:
        resources = _state_in(plan).get("resources") or ()
        return sum(len(each["instances"]) for each in resources if each["mode"] == "managed")
    except (BadZipFile, KeyError, ValueError, OSError, TypeError, AttributeError):
        return None


def _state_in(plan: Path) -> dict[str, Any]:
    with ZipFile(plan) as archive:
        state: dict[str, Any] = json.loads(archive.read("tfstate"))
    return state


def digest_of_file(plan: Path) -> str:
    """Return the SHA-256 of a saved plan; a plan that was read must still have it when it is applied."""
    return hashlib.sha256(plan.read_bytes()).hexdigest()
