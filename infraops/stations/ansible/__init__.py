"""Running a stack's playbook, on hosts that answer."""
