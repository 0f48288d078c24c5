"""Planes in space as a camera sees them."""

from __future__ import annotations

from hypothesis import strategies as st

from visualize.scenes.render.camera import Frame, View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.light import Light


def planes(x: float, z: float, yaw: float) -> list[Frame]:
    """A floor, an upright plane to the camera, one askew and a slope, as a level camera sees them."""
    view = View(Canvas(32, Light()), (0.3, 1.6, -1), yaw=yaw, focal=1.1, centre=(0.45, 0.4))
    askew = view.spot(x, z, 0.7)
    return [
        view.ground(),
        view.stand(x, z),
        askew.frame((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, -1)),
        askew.frame((0, 0, 0), (0.6, 0.8, 0), (0, 0, 1), (0, 1, 0)),
    ]


some_planes = st.builds(planes, st.floats(-4, 4), st.floats(1, 40), st.floats(-0.6, 0.6))
