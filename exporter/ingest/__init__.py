"""Reads transcripts, limits and running sessions into the store. Idempotent, incremental, the only writer of usage."""
