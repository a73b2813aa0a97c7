"""Gathers the facts of each topic. Nothing here changes anything, or asks an address that the user does not use."""
