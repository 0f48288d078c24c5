"""Probe sets as methods are given them."""
