"""Removal of units: which classes need each, what feeds it and what it feeds."""
