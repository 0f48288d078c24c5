"""Probe sets: the pictures that units are tried on.

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
"""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
