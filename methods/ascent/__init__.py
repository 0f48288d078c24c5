"""Gradient ascent on units (Erhan 2009, Simonyan 2014, Olah 2017)."""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
