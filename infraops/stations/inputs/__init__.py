"""What a stack is given: the outputs of others, and secrets."""
