"""How fast and how lean, measured as ratios in one run: `python -m benchmarks`, or `python -m benchmarks NAME…`."""
