"""Which stacks a command is about."""
