"""Which input pixels a position of a map sees."""
