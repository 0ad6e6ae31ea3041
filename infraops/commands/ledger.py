"""`infraops ledger verify`: whether the record is whole."""

from infraops.commands.entering import open_repo_ledger
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.errors import UsageError
from infraops.models.record import Head, Verification


def verify(surroundings: Surroundings, *, head: str | None = None) -> Verification:
    """Check every link of the chain; `head` ("seq:hash", noted elsewhere) must still be in it."""
    opened = open_repo(surroundings)
    with open_repo_ledger(opened, surroundings) as ledger:
        return ledger.verify(kept=None if head is None else _head(head))


def _head(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        problem = f'"{text}" is not a head of the ledger'
        raise UsageError("reading --head", problem, "it is printed by `infraops ledger verify` as number:hash")
    return Head(int(seq), digest)
