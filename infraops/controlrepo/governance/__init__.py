"""What a change must keep to: policies, prices and budgets, and who may approve it."""
