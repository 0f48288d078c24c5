"""How much each pixel of a photograph contributes to a unit's activation."""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
