"""Whether a run of the record is at work, has ended, or was killed."""

import socket

from infraops.models.ledger.answers import RunRecord
from infraops.models.reports.answers import Remembered
from infraops.processes import ProcessIdentity, is_alive


def remembered(record: RunRecord) -> Remembered:
    """Return a run with its verdict: a run without an end is at work or was killed."""
    if record.outcome is not None:
        return Remembered(record, record.verdict)
    match at_work(record):
        case None:
            return Remembered(record, "unknown: it ran on another machine")
        case alive:
            return Remembered(record, "running" if alive else "killed")


def at_work(record: RunRecord) -> bool | None:
    """Whether a run is at work; None where only another machine can tell."""
    if record.outcome is not None:
        return False
    if record.host != socket.gethostname():
        return None
    return is_alive(ProcessIdentity(record.pid, record.started_ticks))
