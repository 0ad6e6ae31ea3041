"""The room of probes: what a service answers from outside."""
