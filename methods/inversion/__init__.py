"""Feature inversion (Mahendran and Vedaldi 2015)."""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
