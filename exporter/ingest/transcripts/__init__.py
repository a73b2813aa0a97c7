"""Ingests transcripts."""
