"""Loads history into a metrics store that was set up after the first day."""
