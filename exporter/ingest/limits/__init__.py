"""Ingests limits."""
