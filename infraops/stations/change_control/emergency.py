"""Emergencies: declared with an incident before anything happens, and due to be reviewed afterwards."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from infraops.errors import NotApproved
from infraops.ledger.ledger import Ledger
from infraops.models.basics.duration import parse_duration
from infraops.models.ledger.changes import EmergencyDeclared, EmergencyReviewed
from infraops.models.ledger.entries import Kind
from infraops.models.reports.answers import OpenEmergency
from infraops.stations.bench.tools import Tools
from infraops.tools.terraform.program.words import only_looks, runs_terraform


def declare(tools: Tools) -> None:
    """Take down that this run is an emergency, and until when it has to be reviewed; once a run."""
    control = tools.control
    assert control is not None and control.rules.approval is not None
    if tools.ledger.entries(tools.run, kind=Kind.EMERGENCY_DECLARED):
        return
    due = tools.now() + timedelta(seconds=parse_duration(control.rules.approval.review_within))
    payload = EmergencyDeclared(control.emergency, due.isoformat(), control.environment)
    tools.ledger.append(payload, run=tools.run)


def allow_by_hand(stack: str, argv: Sequence[str], tools: Tools) -> None:
    """Let nothing but looking go on by hand where changes need approvals, save in an emergency.

    Raises NotApproved where the command may change something: nobody can foresee what it does.
    """
    if tools.control is None or (runs_terraform(argv) and only_looks(argv)):
        return
    if not tools.control.emergency:
        problem = f"changes of {tools.control.environment} need approvals, and nobody can foresee what a command does"
        hint = "commands of Terraform that only look need none; in an emergency: --emergency INCIDENT"
        raise NotApproved(f"running a command on {stack}", problem, hint)
    declare(tools)


def open_emergencies(ledger: Ledger) -> Iterator[OpenEmergency]:
    """Yield the emergencies that nobody has reviewed yet, oldest first."""
    reviewed = {
        entry.payload.of
        for entry in ledger.entries(kind=Kind.EMERGENCY_REVIEWED)
        if isinstance(entry.payload, EmergencyReviewed)
    }
    for entry in ledger.entries(kind=Kind.EMERGENCY_DECLARED):
        payload = entry.payload
        if isinstance(payload, EmergencyDeclared) and entry.run not in reviewed:
            due = datetime.fromisoformat(payload.due)
            yield OpenEmergency(entry.run, payload.environment, payload.incident, entry.at, due)
