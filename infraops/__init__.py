"""infraops: an assembly line for infrastructure, from a blueprint in git to a verified service."""

__version__ = "0.1.0"
