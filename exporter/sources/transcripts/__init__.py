"""Claude's conversation files: where they are, how they are read, what a line says."""
