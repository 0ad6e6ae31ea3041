"""One file a station of the line."""
