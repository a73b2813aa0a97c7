"""The story of one session: what it cost and did, from the store and, while it exists, from its transcript."""
