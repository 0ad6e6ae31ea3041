"""The files of a control repo: where it begins, which there are, and what is in them."""
