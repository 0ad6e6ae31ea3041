"""What a plan comes to as a change: its effects, their fingerprint, its costs, its risk; and letting go of stacks."""
