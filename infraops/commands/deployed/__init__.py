"""What is deployed, whatever run made it: what it answers, who needs it, and what no blueprint declares."""
