"""Terraform's errors as errors an operator can act on."""

import re
from collections.abc import Sequence
from enum import Enum

from infraops.errors import Denied, InfraOpsError, Interrupted, Locked
from infraops.tools.terraform.messages.events import Diagnostic

_HINTS = (
    (r"Failed to query available provider packages|Failed to install provider|no available releases match",
     "the provider could not be fetched: is its source address right, and does its registry answer from here?"),
    (r"Backend initialization required|Backend configuration changed|backend.*has changed",
     "the state is where the earlier settings say: go back to them, or move it with `terraform init -migrate-state` "
     "in the stack's directory"),
    (r"No valid credential sources|could not find default credentials|no EC2 IMDS role|Unable to locate credentials",
     "set the provider's credentials in the environment that infraops runs in (AWS_PROFILE, ARM_CLIENT_ID, …)"),
    (r"Saved plan is stale", "the state changed after the plan was made: plan again"),
    (r"No value for required variable", "the module asks for a variable that the template has no parameter for"),
)  # fmt: skip
_PREVENTED = "Instance cannot be destroyed"  # by `prevent_destroy`, which plans tell and nobody else
_BOX = re.compile(r"^[╷│╵] ?", re.MULTILINE)
# Of the pg backend, which then describes the command that did not get the lock.
_NAMELESS = re.compile(r"Workspace is already locked: |Already locked for workspace creation: ")
_LOCK_FIELD = re.compile(r"^\s*(ID|Who|Created|Operation|Path):[ \t]*(.*?)\s*$", re.MULTILINE)


class End(Enum):
    """How a command ended that did not end well."""

    FAILED = "failed"
    INTERRUPTED = "interrupted"
    KILLED = "killed"


def failure(doing: str, diagnostics: Sequence[Diagnostic], said: str, end: End = End.FAILED) -> InfraOpsError:
    """Make the error for a Terraform command that ended badly, in Terraform's own words.

    `said` is what it wrote beside its diagnostics; it counts where there are none.
    """
    if end is End.INTERRUPTED:
        return Interrupted(doing, "interrupted; Terraform stopped and let go of the state", "run again to go on")
    if end is End.KILLED:
        return Interrupted(doing, "killed in the middle of its work", "look at what a new plan says before you apply")
    errors = [found for found in diagnostics if found.severity == "error"]
    plain = _BOX.sub("", said).strip()
    problem = "\n".join(_words(found) for found in errors) or plain or "Terraform gave no reason"
    if "Error acquiring the state lock" in problem:
        return _locked(doing, problem)
    if _PREVENTED in problem:
        return Denied(doing, problem, "if losing it is meant, take prevent_destroy out of the module")
    return InfraOpsError(doing, problem, next((hint for pattern, hint in _HINTS if re.search(pattern, problem)), ""))


def _words(found: Diagnostic) -> str:
    place = " in ".join(part for part in (found.address, found.place) if part)
    return found.summary + (f" ({place})" if place else "") + (f": {found.detail.strip()}" if found.detail else "")


def _locked(doing: str, problem: str) -> Locked:
    if _NAMELESS.search(problem):
        hint = "wait for that run to end; where it is dead, PostgreSQL has let go of its lock (pg_locks shows others)"
        return Locked(doing, "the state is locked by another run; PostgreSQL does not tell by which", hint)
    lock = dict(_LOCK_FIELD.findall(problem))
    holder = f"{lock.get('Who') or 'somebody'} since {lock.get('Created') or 'an unknown time'}"
    work = f" ({lock['Operation'].removeprefix('OperationType')})" if lock.get("Operation") else ""
    identity = lock.get("ID") or "<ID>"
    return Locked(
        doing,
        f"the state is locked by {holder}{work}, lock ID {identity}",
        f"wait for that run to end; if it is dead: infraops exec STACK -- terraform force-unlock {identity}",
    )
