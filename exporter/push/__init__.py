"""What goes to a store of many machines: Prometheus remote write, from the tracker's own database."""
