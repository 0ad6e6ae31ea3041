"""What Terraform says while it works: its `-json` lines as small typed events."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """How far the work on one resource is."""

    START = "start"
    PROGRESS = "progress"
    COMPLETE = "complete"
    ERRORED = "errored"


@dataclass(frozen=True)
class ResourceEvent:
    """One resource and how far Terraform is with it; `action` is create, update, delete, read, refresh or provision."""

    address: str
    action: str
    phase: Phase
    seconds: float = 0.0
    text: str = ""


@dataclass(frozen=True)
class Diagnostic:
    """An error or a warning in Terraform's own words; `place` is `file:line` where Terraform knows one."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""
    place: str = ""


@dataclass(frozen=True)
class LogLine:
    """Anything else that Terraform says, for the stack's log."""

    text: str


TerraformEvent = ResourceEvent | Diagnostic | LogLine
OnEvent = Callable[[TerraformEvent], None]

_PHASES = {
    "apply_start": Phase.START,
    "apply_progress": Phase.PROGRESS,
    "apply_complete": Phase.COMPLETE,
    "apply_errored": Phase.ERRORED,
    "refresh_start": Phase.START,
    "refresh_complete": Phase.COMPLETE,
    "provision_start": Phase.START,
    "provision_progress": Phase.PROGRESS,
    "provision_complete": Phase.COMPLETE,
    "provision_errored": Phase.ERRORED,
}


def message(line: str) -> dict[str, Any] | None:
    """Read one line of `-json` output; None where it is something else."""
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def event(document: Mapping[str, Any]) -> TerraformEvent:
    """Make an event of one `-json` message."""
    kind = str(document.get("type", ""))
    if kind == "diagnostic":
        return diagnostic(document["diagnostic"])
    hook = document.get("hook")
    if kind in _PHASES and isinstance(hook, Mapping):
        return ResourceEvent(
            address=str(hook.get("resource", {}).get("addr", "")),
            action=str(hook.get("action") or kind.partition("_")[0]),
            phase=_PHASES[kind],
            seconds=float(hook.get("elapsed_seconds", 0)),
            text=str(document.get("@message", "")),
        )
    return LogLine(str(document.get("@message", "")).strip("\n"))


def diagnostic(document: Mapping[str, Any]) -> Diagnostic:
    """Read one diagnostic as Terraform's JSON forms hold it."""
    found = document.get("range") or {}
    line = found.get("start", {}).get("line")
    return Diagnostic(
        severity=str(document.get("severity", "error")),
        summary=str(document.get("summary", "")),
        detail=str(document.get("detail", "")),
        address=str(document.get("address", "")),
        place=f"{found['filename']}:{line}" if found.get("filename") else "",
    )
