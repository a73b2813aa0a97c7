"""`./start.sh stack`: the tracker with Prometheus, Alertmanager and Grafana, as far as they are installed."""
