"""The database: the only place that speaks SQL. See `schema` for what is kept and why."""
