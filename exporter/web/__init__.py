"""The HTTP server: metrics, API, live updates and the dashboard, by default on loopback."""
