"""Benchmarks: ratios of what the toolkit does to the bare work of the network, measured in turn in one run."""
