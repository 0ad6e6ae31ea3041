"""Control of changes: the protected branch, approvals and their signatures, and branches that nobody trusts yet."""
