"""Claude processes, and the session files next to them."""
