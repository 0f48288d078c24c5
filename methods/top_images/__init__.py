"""Top-activated images (Girshick 2014) and the empirical receptive field (Zhou 2015)."""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
