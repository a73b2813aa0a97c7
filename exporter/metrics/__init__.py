"""Prometheus: the snapshot as metric families. The only place that knows prometheus_client."""
