"""Totals, labels and prices in the database."""
