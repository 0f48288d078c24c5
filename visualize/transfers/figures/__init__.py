"""Figures of what features are worth."""
