"""A canvas on which the shapes of one concept are never drawn: the same scene without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.render.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.scenes.render.canvas import Matrix
    from visualize.scenes.render.ink import Ink
    from visualize.scenes.render.light import Light

SPARED = ("object", "part", "texture")
"""The categories whose concepts can be left out. A scene is all of its picture, and a colour or a material belongs to
what bears it."""


class Sparing(Canvas):
    """A canvas that leaves out one concept: the shapes of an object or part, or a texture on what stays as it is.

    Args:
        size: height and width of the finished picture, pixels.
        light: what colours the shapes.
        without: category and name of the concept; the category is one of :data:`SPARED`.
    """

    def __init__(self, size: int, light: Light, without: tuple[str, str]) -> None:
        super().__init__(size, light)
        self._category, self._name = without

    def fill(self, outline: Sequence[float], ink: Ink, shade: float, depth: float, matrix: Matrix) -> None:
        """Draw one shape over everything drawn before, unless it is of the concept."""
        if self._category == "texture":
            ink = ink._replace(texture="") if ink.texture == self._name else ink
        elif self._name in ((ink.thing, ink.beyond) if self._category == "object" else (ink.part,)):
            return
        super().fill(outline, ink, shade, depth, matrix)
