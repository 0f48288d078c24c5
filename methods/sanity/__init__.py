"""Whether explanations explain (Adebayo 2018, Petsiuk 2018)."""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
