"""Responses, tokens, prices, totals, turns and activity."""
