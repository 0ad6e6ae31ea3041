"""A change, the approval of it, and how risky it is."""
