"""Segmentation networks that label the pictures of a set, so that any photographs can be dissected."""
