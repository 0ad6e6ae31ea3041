"""A look at what a branch that nobody trusts yet would do, before any program is started on it."""
