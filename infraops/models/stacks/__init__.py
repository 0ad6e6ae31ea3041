"""What the files come to: stacks, the control repo, and what its protected branch says."""
