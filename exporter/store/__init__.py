"""The database: the only package that uses SQL. See `database/schema.py` for the tables."""
