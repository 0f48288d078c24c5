"""The figures' few colours, sizes and distances, in one place."""

from __future__ import annotations

WIDTH = 1400  # of a card and of a contact sheet, pixels
MARGIN = 40  # around everything
GAP = 12  # between panels
GUTTER = 52  # between sections that stand side by side; a thin rule runs down its middle

PAPER = "#ffffff"
TINT = "#f3f5f8"  # the header's and the hints' ground
RULE = "#d9dee5"
INK = "#14181f"
TEXT = "#3d4653"
QUIET = "#6b7685"
ACCENT = "#0b5cad"

HUGE = 40  # the unit
TITLE = 23  # a section's title
HEAD = 18  # a narrow column's title
BODY = 16
CAPTION = 15
SMALL = 13
