"""Values and arithmetic. No I/O and no clock: callers pass in everything from outside."""
