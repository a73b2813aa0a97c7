"""History from the first day, for a store of metrics that was set up later."""
