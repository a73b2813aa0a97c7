"""Ingests sessions."""
