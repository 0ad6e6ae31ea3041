"""Reviews, in every format."""
