"""Opening a ledger by path or URL."""

from datetime import UTC, datetime
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.ledger.ledger import Clock, Ledger


def utc_now() -> datetime:
    """Read the system's clock."""
    return datetime.now(UTC)


def open_ledger(location: Path | str, *, clock: Clock = utc_now) -> Ledger:
    """Open the ledger at a path or a `sqlite:///` URL; it is made where missing and migrated where behind.

    InfraOpsError where it cannot be read or written, is damaged, or was written by a newer version.
    """
    # SQLAlchemy is imported here, because it takes longer than everything else a light command does.
    from infraops.ledger.claims import Claims
    from infraops.ledger.sqlite import engine_for, let_readers_in
    from infraops.ledger.store import Store, explained
    from infraops.ledger.upgrade import bring_up_to_date

    path = _path_of(location)
    engine = engine_for(path)
    try:
        with explained(f"opening the ledger {path}"):
            bring_up_to_date(engine, name=str(path))
            let_readers_in(engine)
    except BaseException:
        engine.dispose()
        raise
    return Ledger(Store(engine, str(path)), Claims(engine, str(path)), clock)


def _path_of(location: Path | str) -> Path:
    if isinstance(location, str) and "://" in location:
        scheme, _, rest = location.partition("://")
        if scheme != "sqlite":  # the rest of the URL may hold a password, so no message repeats it
            problem = f"{scheme} databases are not supported"
            raise InfraOpsError(
                "opening the ledger", problem, "give a path, or sqlite:///path, as `ledger` in infraops.yaml"
            )
        return Path(rest.removeprefix("/"))
    return Path(location)
