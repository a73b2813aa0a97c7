"""Prometheus metrics: the snapshot as metric families. The only package that uses prometheus_client."""
