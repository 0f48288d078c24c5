"""The figures' sizes and distances, in one place; their colours are :mod:`visualize.methods.drawing.palette`'s."""

from __future__ import annotations

WIDTH = 1400  # of a card and of a contact sheet, pixels
NARROWEST = 820  # that a card shrinks to, pixels
MARGIN = 40  # around everything
GAP = 12  # between panels
GUTTER = 52  # between sections that stand side by side; a thin rule runs down its middle

HUGE = 40  # the unit
TITLE = 23  # a section's title
HEAD = 18  # a narrow column's title
BODY = 16
CAPTION = 15
SMALL = 13
