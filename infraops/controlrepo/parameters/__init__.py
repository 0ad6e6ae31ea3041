"""The parameters of templates: their types and limits, and the values that they take."""
