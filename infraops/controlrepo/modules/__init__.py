"""What Terraform modules declare, require, and read beyond their own directory."""
