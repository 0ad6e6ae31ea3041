"""Git: what stands in the control repo at a commit, who signed what leads there, and what others keep in theirs."""
