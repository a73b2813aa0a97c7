"""Builds the parts of a tracker and connects them."""
