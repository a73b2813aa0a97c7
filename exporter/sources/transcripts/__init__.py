"""Reads Claude's transcripts: finds the files, reads them incrementally, decodes their lines."""
