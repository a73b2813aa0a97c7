"""The composition root: the only place that reads configuration, builds and wires."""
