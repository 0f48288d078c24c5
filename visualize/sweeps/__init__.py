"""Many networks, layers, probe sets and methods at once: one file that says what, one folder of results."""
