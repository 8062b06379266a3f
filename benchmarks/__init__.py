"""Speed and memory of the project beside its peers, in one run: `python -m benchmarks`."""
