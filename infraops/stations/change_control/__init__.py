"""Whether a change may be carried out: by a rule, by signed approvals, in an emergency."""
