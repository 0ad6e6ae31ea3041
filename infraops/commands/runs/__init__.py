"""Carrying a line out: its bench, its logs and files, and what stays of it."""
