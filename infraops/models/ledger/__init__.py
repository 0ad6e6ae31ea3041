"""The ledger: what it takes down, and what it answers."""
