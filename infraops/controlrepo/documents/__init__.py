"""YAML text as documents whose values know their lines, and every mistake in them in plain words."""
