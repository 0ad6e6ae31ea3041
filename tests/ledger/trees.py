"""What the ledger's tests are made from: a clock that is told the time, and short words for long entries."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infraops.ledger import Ledger, open_ledger
from infraops.models.ledger.runs import GitState, RunEnded, RunStarted
from infraops.models.ledger.stations import HostConfigured, HostsTouched, StationEnded, StationStarted
from infraops.models.runs.run import Outcome

NOON = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)
STACK = "lab/storefront"


def ticking(start: datetime = NOON) -> Iterator[datetime]:
    """Count up by a second."""
    while True:
        yield start
        start += timedelta(seconds=1)


def opened(location: Path | str) -> Ledger:
    times = ticking()
    return open_ledger(location, clock=lambda: next(times))


def begun(*stacks: str, command: str = "apply") -> RunStarted:
    return RunStarted(
        command=command,
        user="jo",
        host="desk",
        pid=4711,
        started=99,
        selection="-e lab",
        stacks=stacks,
        git=GitState("c0ffee", "main", dirty=True),
        versions={"infraops": "0.1.0", "terraform": "1.15.0"},
    )


def pass_station(ledger: Ledger, run: str, station: str, outcome: Outcome = Outcome.DONE, **digests: str) -> None:
    ledger.append(StationStarted(station), run=run, stack=STACK)
    ledger.append(StationEnded(station, outcome, 0.5, digests=digests), run=run, stack=STACK)


def apply(ledger: Ledger, run: str, *hosts: str, digest: str = "d1", verify: Outcome = Outcome.DONE) -> None:
    """Take down a whole apply of STACK that configures `hosts`."""
    ledger.append(begun(STACK), run=run)
    pass_station(ledger, run, "plan")
    pass_station(ledger, run, "provision")
    configure(ledger, run, *hosts, digest=digest)
    pass_station(ledger, run, "verify", verify, inputs=digest)
    ledger.append(RunEnded(verify, 0 if verify.good else 1), run=run)


def configure(
    ledger: Ledger,
    run: str,
    *hosts: str,
    digest: str = "d1",
    failing: tuple[str, ...] = (),
    independent: bool = False,
    named: bool = True,
) -> None:
    """Take down a configure station: `hosts` succeed, `failing` do not."""
    ledger.append(StationStarted("configure"), run=run, stack=STACK)
    if named and (hosts or failing):
        ledger.append(HostsTouched((*hosts, *failing)), run=run, stack=STACK)
    for host in hosts:
        ledger.append(HostConfigured(host, f"key-{host}", digest, independent=independent), run=run, stack=STACK)
    outcome = Outcome.FAILED if failing else Outcome.DONE if hosts else Outcome.UNCHANGED
    ledger.append(StationEnded("configure", outcome, 1.0), run=run, stack=STACK)
