"""Trying a template: its steps, in a control repo that is thrown away."""
