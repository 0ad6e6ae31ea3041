"""The append-only, hash-chained record of what was done."""

from infraops.ledger.drafts import Clock
from infraops.ledger.ledger import Ledger
from infraops.ledger.open import open_ledger

__all__ = ["Clock", "Ledger", "open_ledger"]
