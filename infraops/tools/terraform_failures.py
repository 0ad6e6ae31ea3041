"""Terraform's errors as errors an operator can act on."""

import re
from collections.abc import Sequence

from infraops.errors import InfraOpsError, Interrupted, Locked
from infraops.tools.terraform_events import Diagnostic

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
_LOCK_FIELD = re.compile(r"^\s*(ID|Who|Created|Operation|Path):[ \t]*(.*?)\s*$", re.MULTILINE)


def failure(doing: str, diagnostics: Sequence[Diagnostic], stderr: str, *, interrupted: bool) -> InfraOpsError:
    """Make the error for a Terraform command that ended badly, in Terraform's own words."""
    errors = [found for found in diagnostics if found.severity == "error"]
    if interrupted:
        return Interrupted(doing, "interrupted; Terraform stopped at a safe place and let go of the state", "run again")
    for found in errors:
        if "state lock" in found.summary:
            return _locked(doing, found)
    problem = "\n".join(_words(found) for found in errors) or stderr.strip() or "Terraform gave no reason"
    text = "\n".join((problem, stderr))
    return InfraOpsError(doing, problem, next((hint for pattern, hint in _HINTS if re.search(pattern, text)), ""))


def _words(found: Diagnostic) -> str:
    place = " in ".join(part for part in (found.address, found.place) if part)
    return found.summary + (f" ({place})" if place else "") + (f": {found.detail.strip()}" if found.detail else "")


def _locked(doing: str, found: Diagnostic) -> Locked:
    lock = dict(_LOCK_FIELD.findall(found.detail))
    holder = f"{lock.get('Who', 'somebody')} since {lock.get('Created', 'an unknown time')}"
    work = f" ({lock['Operation'].removeprefix('OperationType')})" if lock.get("Operation") else ""
    return Locked(
        doing,
        f"the state is locked by {holder}{work}, lock ID {lock.get('ID', 'unknown')}",
        "wait for that run to end; if it is dead, release the lock with `terraform force-unlock "
        f"{lock.get('ID', '<ID>')}` in the stack's directory",
    )
