"""Arithmetic of what features are worth on another task: pooling, precision, nearest neighbours."""
