r"""The chain: how an entry is written down, how its hash is made, and how a whole chain is checked. Pure.

An entry's hash is the SHA-256, in hexadecimal, of the ASCII bytes of this JSON array, without white space, all other
characters escaped as `\uXXXX`:

    ["infraops/ledger/v1", seq, at, kind, run, stack, payload, previous]

`seq` is a number, `stack` may be null, everything else a string, exactly as it stands in the table: `at` as
`2026-01-31T23:59:59.000001Z`, `payload` the text of a JSON object in the same form with sorted keys, `previous` the
hash of the entry before, or 64 zeros for the first. The payload is hashed as text, never parsed and written anew.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from infraops.models.ledger.answers import Head, Verification

FORM = "infraops/ledger/v1"
NOTHING = Head(0, "0" * 64)  # the head of an empty ledger
AT = "%Y-%m-%dT%H:%M:%S.%fZ"

_ANEW = "it is not the entry whose hash was kept: the ledger was written anew"

LIMITS = (
    "A chain that is held against nothing outside itself shows entries that were changed, removed or put in between. "
    "It cannot show that its newest entries were cut off, nor that somebody wrote all of it anew. "
    "Keep the head elsewhere (a ticket, a signed tag, another machine) and hold the ledger against it later."
)
LIMITS_ANCHORED = (
    "Held against a head that was kept elsewhere, entries up to that head are what they were then. "
    "What came after it may have been cut off or written anew."
)


@dataclass(frozen=True)
class Row:
    """An entry as the table holds it."""

    seq: int
    at: str
    kind: str
    run: str
    stack: str | None
    payload: str
    previous: str
    hash: str


def canonical(value: object) -> str:
    """Write a JSON value in the one form the ledger uses. ValueError for numbers JSON does not know."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def hash_of(row: Row) -> str:
    """Make the hash that an entry with these fields must have; the row's own `hash` is not looked at."""
    form = [FORM, row.seq, row.at, row.kind, row.run, row.stack, row.payload, row.previous]
    return hashlib.sha256(canonical(form).encode("ascii")).hexdigest()


def next_row(head: Head, *, at: datetime, kind: str, run: str, stack: str | None, payload: str) -> Row:
    """Make the row that follows `head`. `at` must know its time zone."""
    if at.tzinfo is None:
        raise ValueError("the ledger's clock must know its time zone")
    written = at.astimezone(UTC).strftime(AT).zfill(27)  # %Y does not pad years before 1000
    row = Row(head.seq + 1, written, kind, run, stack, payload, head.hash, "")
    return Row(row.seq, row.at, row.kind, row.run, row.stack, row.payload, row.previous, hash_of(row))


def read_at(text: str) -> datetime:
    """Read a time as the ledger writes it. ValueError where it is none."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)  # strptime takes twenty times as long


def verify(rows: Iterable[Row], *, kept: Head | None = None) -> Verification:
    """Check a whole chain, given in order of seq; `kept` is a head that was noted elsewhere before."""
    head, entries = NOTHING, 0
    for row in rows:
        entries += 1
        why = _misfit(row, head, kept)
        if why:
            return _verdict(entries, head, kept, first_bad=min(row.seq, head.seq + 1), why=why)
        head = Head(row.seq, row.hash)
    if kept is not None and head.seq < kept.seq:
        return _verdict(entries, head, kept, first_bad=head.seq + 1, why=why_not_held(kept, None, head))
    return _verdict(entries, head, kept)


def why_not_held(kept: Head, found: Row | None, end: Head) -> str:
    """Say why a chain that is whole does not hold a head that was noted elsewhere; empty where it does.

    `found` is its entry of that number, if there is one, and `end` its head.
    """
    if found is None or found.seq != kept.seq:
        return (
            f"the ledger ends at entry {end.seq}, and the head that was kept is entry {kept.seq}: entries were cut off"
        )
    return "" if found.hash == kept.hash else _ANEW


def _misfit(row: Row, head: Head, kept: Head | None) -> str:
    """Say why a row does not follow `head`; empty if it does."""
    if row.seq != head.seq + 1:
        return f"entry {head.seq + 1} is missing"
    if row.previous != head.hash:
        return f"it does not follow entry {head.seq}: one of the two was replaced"
    if not _is_whole(row):
        return "its content does not match its hash: it was changed after it was written"
    if kept is not None and row.seq == kept.seq and row.hash != kept.hash:
        return _ANEW
    return ""


def _is_whole(row: Row) -> bool:
    try:
        return row.hash == hash_of(row)
    except TypeError:  # SQLite lets a column hold bytes where text should be
        return False


def _verdict(
    entries: int, head: Head, kept: Head | None, *, first_bad: int | None = None, why: str = ""
) -> Verification:
    return Verification(
        ok=first_bad is None,
        entries=entries,
        head=head,
        first_bad=first_bad,
        why=why,
        anchored=kept,
        limits=LIMITS if kept is None else LIMITS_ANCHORED,
    )
