"""What a change means: which rules of policy it breaks. Pure."""
