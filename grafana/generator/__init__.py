"""Makes the dashboards in `grafana/dashboards`: `python -m grafana.generator`, with `--check` to compare only."""
