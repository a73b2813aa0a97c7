"""Instants and days."""
