"""One file a command: select stacks, run a line, return a result; what commands share lies in the rooms below them."""
