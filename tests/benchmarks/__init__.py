"""Benchmarks, run manually with `./start.sh bench`: each figure against its peer in the same run."""
