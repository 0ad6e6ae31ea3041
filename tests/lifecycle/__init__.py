"""Random estates and random mishaps: a run's record stays valid, and another run comes to the end of it."""
