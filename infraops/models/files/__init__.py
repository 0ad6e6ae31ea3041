"""The files that users write, as they stand there."""
