"""The JSON Schemas of the control repo's files, for editors."""
