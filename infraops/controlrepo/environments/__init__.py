"""The environments, with the settings of their providers and of their state."""
