"""Readings, windows, limits reached, and the estimated size of a block."""
