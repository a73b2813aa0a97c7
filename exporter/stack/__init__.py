"""The tracker with Prometheus, Alertmanager and Grafana, as installed or in Docker; and the files that these read."""
