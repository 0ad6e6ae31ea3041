"""From a result to what a person or a program reads."""
