"""What a stack has: where its state lies, what it holds, and what becomes of it."""
