"""Claims: which run holds which stack. One row a stack, beside the entries; two runs never hold the same one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from infraops.ledger.chain import AT, read_at
from infraops.ledger.store import explained
from infraops.ledger.tables import claims
from infraops.models.record import Owner

HELD = select(claims).where(claims.c.stack == bindparam("of"))
TAKE = insert(claims)
RELEASE = delete(claims).where(claims.c.run == bindparam("of"))
HAND_OVER = update(claims).where(claims.c.stack == bindparam("of"), claims.c.run == bindparam("before"))


class Claims:
    """The claims of one ledger."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._reader = engine.execution_options(infraops_reading=True)
        self._doing = f"claiming a stack in the ledger {name}"

    def take(self, stack: str, owner: Owner) -> Owner | None:
        """Claim a stack for a run; returns who holds it where that is another run."""
        with explained(self._doing):
            try:
                with self._engine.begin() as connection:
                    found = connection.execute(HELD, {"of": stack}).first()
                    if found is None:
                        connection.execute(TAKE, {"stack": stack, **_columns(owner)})
            except IntegrityError:  # another process was quicker
                with self._engine.begin() as connection:
                    found = connection.execute(HELD, {"of": stack}).first()
        return None if found is None or found.run == owner.run else _owner(found)

    def take_over(self, stack: str, *, before: Owner, owner: Owner) -> bool:
        """Claim a stack in the place of a run that cannot let go of it; whether that run still held it."""
        with explained(self._doing), self._engine.begin() as connection:
            changed = connection.execute(HAND_OVER, {"of": stack, "before": before.run, **_columns(owner)})
            return changed.rowcount == 1

    def release(self, run: str, stacks: Sequence[str] | None = None) -> None:
        """Let go of the stacks of a run; of all by default."""
        chosen = RELEASE if stacks is None else RELEASE.where(claims.c.stack.in_(stacks))
        with explained(self._doing), self._engine.begin() as connection:
            connection.execute(chosen, {"of": run})

    def all(self) -> Mapping[str, Owner]:
        """Return every claim: stack and owner, by stack."""
        with explained(self._doing), self._reader.connect() as connection:
            found = connection.execute(select(claims).order_by(claims.c.stack)).all()
        return {row.stack: _owner(row) for row in found}


def _columns(owner: Owner) -> dict[str, object]:
    return {
        "run": owner.run,
        "host": owner.host,
        "boot": owner.boot,
        "pid": owner.pid,
        "started": owner.started,
        "since": owner.since.strftime(AT),
    }


def _owner(row: object) -> Owner:
    run, host, boot, pid, started, since = (
        getattr(row, name) for name in ("run", "host", "boot", "pid", "started", "since")
    )
    return Owner(run, host, boot, pid, started, read_at(since))
