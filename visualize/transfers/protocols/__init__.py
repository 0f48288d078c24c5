"""Classifiers by name, as the field defines them."""
