"""What proves that work is done already."""
