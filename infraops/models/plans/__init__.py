"""What Terraform would do to one stack, what it answers, what that costs, and what rules find in it."""
