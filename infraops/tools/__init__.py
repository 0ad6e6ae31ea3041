"""One file a foreign tool; only that file knows the library or program behind it."""
