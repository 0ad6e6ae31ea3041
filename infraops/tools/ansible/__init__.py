"""The room of Ansible: only here are its runs and its inventory known."""
