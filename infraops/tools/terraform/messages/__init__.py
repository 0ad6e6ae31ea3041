"""What Terraform says: its events, its answers and its failures, without the secrets in them."""
