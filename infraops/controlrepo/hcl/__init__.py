"""Terraform's language, read from its text alone: no program is started."""
