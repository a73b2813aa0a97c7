"""Sessions and runs in the database."""
