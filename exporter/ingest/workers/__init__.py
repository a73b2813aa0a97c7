"""Reading transcripts with a second process."""
