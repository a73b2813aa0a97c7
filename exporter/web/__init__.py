"""The HTTP face: metrics, health and a landing page, on loopback."""
