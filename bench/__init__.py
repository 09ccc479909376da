"""Measures the platform on this machine, as ratios beside a bare gRPC echo in the same run: `python -m bench`."""
