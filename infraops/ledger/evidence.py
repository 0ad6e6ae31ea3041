"""What the record still proves of a stack, and what later entries have made void. Pure.

Evidence is void after a later drift finding, failed verify or failed apply. A station that was
killed has failed: its start stands in the record without an end, and another run has come to the stack since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from infraops.models.ledger.answers import Success
from infraops.models.ledger.entries import Entry, Kind, Payload
from infraops.models.ledger.runs import CommandStarted
from infraops.models.ledger.stacks import StackDestroyed, StackForgotten
from infraops.models.ledger.stations import DriftFound, HostConfigured, HostsTouched, StationEnded, StationStarted

# Stations after whose start or failure a stack may be otherwise.
ACTING = frozenset({"provision", "configure", "verify"})
EVIDENCE_KINDS = (
    Kind.STATION_STARTED,
    Kind.STATION_ENDED,
    Kind.HOSTS_TOUCHED,
    Kind.HOST_CONFIGURED,
    Kind.DRIFT_FOUND,
    Kind.STACK_DESTROYED,
    Kind.STACK_FORGOTTEN,
    Kind.COMMAND_STARTED,
)


def configured_hosts(entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """Tell which hosts of one stack are proven configured: name → (identity, digest).

    `entries` are all of the stack's entries of the kinds `EVIDENCE_KINDS`, oldest first.
    """
    proven: dict[str, tuple[str, str]] = {}
    fragile: dict[str, set[str]] = {}  # by run: hosts whose proof falls if its configure fails
    named: set[str] = set()  # runs that said which hosts they touch
    killed = _killed(entries)
    for entry in entries:
        match entry.payload:
            case HostsTouched(hosts=hosts):
                named.add(entry.run)
                for host in hosts:
                    proven.pop(host, None)
            case HostConfigured(host=host, identity=identity, digest=digest, independent=independent):
                proven[host] = (identity, digest)
                mine = fragile.setdefault(entry.run, set())
                mine.discard(host) if independent else mine.add(host)
            case DriftFound() | StackDestroyed() | StackForgotten() | CommandStarted(may_change=True):
                proven.clear()
        failed = _failed_station(entry) or killed.get(entry.seq)
        if failed == "configure" and entry.run in named:
            for host in fragile.get(entry.run, ()):
                proven.pop(host, None)
        elif failed:
            proven.clear()
    return proven


def _failed_station(entry: Entry) -> str | None:
    match entry.payload:
        case StationEnded(station=station, outcome=outcome) if station in ACTING and not outcome.good:
            return station
    return None


def _killed(entries: Sequence[Entry]) -> dict[int, str]:
    """Find acting stations that were begun and never ended: the seq of their run's last entry → the station.

    The newest run of the stack may still be at work, so its open station proves nothing.
    """
    at_work: dict[str, str] = {}
    last: dict[str, int] = {}
    for entry in entries:
        last[entry.run] = entry.seq
        match entry.payload:
            case StationStarted(station=station) if station in ACTING:
                at_work[entry.run] = station
            case StationEnded(station=station) if at_work.get(entry.run) == station:
                del at_work[entry.run]
    newest = entries[-1].run if entries else ""
    return {last[run]: station for run, station in at_work.items() if run != newest}


@dataclass(frozen=True)
class Proves:
    """An entry after which a stack is proven to be as its digests say."""

    digests: Mapping[str, str]


@dataclass(frozen=True)
class Voids:
    """An entry after which nothing of that kind is proven of a stack."""


def bearing(payload: Payload) -> Proves | Voids | None:
    """Tell what an entry means for its stack's proof; None where it leaves the proof as it is.

    The end of verify proves what the stack was made from. The start of an acting station ends that proof, so that a
    run that is killed or stops short of verify leaves none.
    """
    match payload:
        case StationEnded(station="verify", outcome=outcome, digests=digests) if outcome.good and digests:
            return Proves(digests)
        case StationStarted(station=station) | StationEnded(station=station) if station in ACTING:
            return Voids()
        case DriftFound() | StackDestroyed() | StackForgotten() | HostsTouched() | CommandStarted(may_change=True):
            return Voids()
        case _:
            return None


def proofs_in(entries: Iterable[Entry]) -> dict[str, Success]:
    """Work out from all entries, oldest first, which stacks are proven."""
    proven: dict[str, Success] = {}
    for entry in entries:
        if entry.stack is None:
            continue
        match bearing(entry.payload):
            case Proves(digests=digests):
                proven[entry.stack] = Success(entry.run, entry.at, digests)
            case Voids():
                proven.pop(entry.stack, None)
    return proven
