"""What Ansible playbooks are made from, what they require, and which hosts they touch."""
