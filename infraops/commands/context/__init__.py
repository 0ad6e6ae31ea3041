"""What a command stands on: where it was called, the control repo, the ledger and the lab, and what Ctrl-C means."""
