"""Predictions: the classes that a network gives a whole photograph, and where in it the evidence lies."""
