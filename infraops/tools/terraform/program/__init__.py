"""Terraform as a program: which one it is, its command line, its environment, and the embedded one."""
