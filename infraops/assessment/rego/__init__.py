"""Policies in Rego: read as conftest reads them, compiled by a library, and evaluated here."""
