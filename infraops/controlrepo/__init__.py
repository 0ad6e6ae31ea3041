"""From the files of a control repo to checked models."""
