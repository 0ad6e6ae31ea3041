"""What other models are written with: versions, durations, digests, edges, places of files."""
