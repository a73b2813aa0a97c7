"""The connection, the schema and its migrations."""
