"""DeepDream (Mordvintsev 2015)."""

from methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
