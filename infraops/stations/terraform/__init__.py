"""Getting at a stack's Terraform: its files, its platform, and the program."""
