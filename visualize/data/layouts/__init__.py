"""Layouts of labelled probe sets on disk, one module a format."""
