"""The graph of stacks, and who works when."""
