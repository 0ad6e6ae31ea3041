"""What exists already, brought in: modules and playbooks as templates, root modules as stacks."""
