"""Killing runs at any instant, and looking whether anything is lost."""
