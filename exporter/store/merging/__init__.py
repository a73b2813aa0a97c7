"""Merges what another database holds into the open one: by the rules by which transcripts are merged."""
