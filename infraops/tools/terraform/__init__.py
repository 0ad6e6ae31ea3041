"""The room of Terraform: only here is its command line known."""
