"""What becomes of a run, what it tells while it goes on, and what the ledger takes down of it."""
