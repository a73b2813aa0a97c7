"""`./start.sh stack`: the tracker with Prometheus, Alertmanager and Grafana, using the installed programs, or Docker."""
