"""Reads official utilization from files on this machine, and nothing else from those files."""
