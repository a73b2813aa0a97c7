"""What `export` reads: the tables with their columns, row by row."""
