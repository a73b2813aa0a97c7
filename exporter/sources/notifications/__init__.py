"""Notifications that other programs post."""
