"""Claims: which run holds which stack. One row a stack, beside the entries; two runs never hold the same one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from infraops.ledger.chain import AT, read_at
from infraops.ledger.database import Database
from infraops.ledger.tables import claims
from infraops.models.ledger.answers import Owner

DOING = "claiming a stack in the ledger"

HELD = select(claims).where(claims.c.stack == bindparam("of"))
TAKE = insert(claims)
RELEASE = delete(claims).where(claims.c.run == bindparam("of"))
HAND_OVER = update(claims).where(claims.c.stack == bindparam("of"), claims.c.run == bindparam("before"))


class Claims:
    """The claims of one ledger. All of them are light: no claim outlives the boot that it was made in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, stack: str, owner: Owner) -> Owner | None:
        """Claim a stack for a run; returns who holds it where that is another run."""

        def unless_held(connection: Connection) -> Owner | None:
            found = connection.execute(HELD, {"of": stack}).first()
            if found is None:
                connection.execute(TAKE, {"stack": stack, **_columns(owner)})
                return None
            return None if found.run == owner.run else _owner(found)

        return self._database.write(DOING, unless_held, light=True)

    def take_over(self, stack: str, *, before: Owner, owner: Owner) -> bool:
        """Claim a stack in the place of a run that cannot let go of it; whether that run still held it."""
        values = {"of": stack, "before": before.run, **_columns(owner)}

        def hand_over(connection: Connection) -> bool:
            return connection.execute(HAND_OVER, values).rowcount == 1

        return self._database.write(DOING, hand_over, light=True)

    def release(self, run: str, stacks: Sequence[str] | None = None) -> None:
        """Let go of the stacks of a run; of all by default."""
        chosen = RELEASE if stacks is None else RELEASE.where(claims.c.stack.in_(stacks))
        self._database.write(DOING, lambda connection: connection.execute(chosen, {"of": run}), light=True)

    def all(self) -> Mapping[str, Owner]:
        """Return every claim: stack and owner, by stack."""
        with self._database.read(DOING) as connection:
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
