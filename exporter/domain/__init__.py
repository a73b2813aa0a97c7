"""Values and arithmetic. No I/O, no clock: what happens outside is handed in."""
