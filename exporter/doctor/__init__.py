"""Finds what is wrong with an installation: facts are gathered at the edge, and judged by pure functions."""
