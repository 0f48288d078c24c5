"""Colours of rendered scenes, for pictures that are made for networks which learned from them."""

from __future__ import annotations

from visualize.methods.network.colours import Colours

SCENES = Colours(
    mean=(0.26, 0.21, 0.02),
    root=((0.81, 0.40, 0.11), (0.72, 0.02, -0.22), (0.81, -0.42, 0.09)),
    contrast=1.0,
)
"""``Colours.of`` 600 training scenes, to two places: light and dark vary most, then red to blue, then green."""
