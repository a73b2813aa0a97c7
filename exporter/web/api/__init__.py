"""The JSON API: a blueprint per topic. Every answer is checked against its shape."""
