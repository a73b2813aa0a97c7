"""Where 5-hour blocks start and end, and what was used in them."""
