"""`./start.sh stack`: the tracker with Prometheus, Alertmanager and Grafana, as installed or in Docker."""
