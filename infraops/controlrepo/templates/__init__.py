"""The catalog: the control repo's own templates, the built-in ones, and those vendored from elsewhere."""
