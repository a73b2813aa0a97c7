"""The channels of notifications: the desktop, and a command of the user."""
