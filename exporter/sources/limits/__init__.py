"""Official utilization as it lies on this machine, and nothing else of the files it lies in."""
