"""Masks of one's own: in numbers or colours, with tables of what they mean."""
