"""How fast infraops is, measured against what one would do without it. Reports; gates nothing."""
