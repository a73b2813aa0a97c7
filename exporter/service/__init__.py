"""The tracker as a service of the platform: a file that says how it is started, and the commands for it."""
