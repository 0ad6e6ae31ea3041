"""One file a command: select stacks, run a line, return a result."""
