"""Ingests notifications."""
