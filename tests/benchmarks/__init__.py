"""Benchmarks, run by hand with `./start.sh bench`: each figure against its peer in the same run."""
