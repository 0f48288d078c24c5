"""Layouts of labelled probe sets on disk, one module or folder a format."""
