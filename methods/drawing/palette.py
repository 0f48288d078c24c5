"""The few colours of every figure, each named once: ``"#rrggbb"``."""

from __future__ import annotations

from typing import Literal

ColourMap = Literal["inferno", "magma", "viridis", "grey"]
"""Colours of maps of numbers, from little to much; :func:`visualize.methods.drawing.colour_maps.coloured` holds
them.
"""

Palette = ColourMap | Literal["signed"]
"""A colour map, or the colours of values that add and take away: orange above zero, blue below it, black at zero."""

PAPER = "#ffffff"
TINT = "#f3f5f8"  # the ground of heads and hints
RULE = "#d9dee5"  # thin lines
INK = "#14181f"
TEXT = "#3d4653"
QUIET = "#6b7685"
ACCENT = "#0b5cad"
FAINT = "#a9c6e3"  # the accent, further away
MARK = "#c2410c"  # a level to compare with
REFERENCE = "#9aa3ae"  # a line to compare with

LINES = (ACCENT, "#c2410c", "#0f8a5f", "#8b3fb0", "#b3860b", "#d4357f", "#3a3f47", "#2a9db5")
"""Colours of the lines of a chart, in turn."""
