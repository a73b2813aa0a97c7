"""Sessions, and which process runs which."""
