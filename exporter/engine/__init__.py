"""Schedules ingestion: reported changes and periodic scans, all ingested by one thread."""
