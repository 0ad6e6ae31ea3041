"""What exists already and becomes part of a control repo."""
