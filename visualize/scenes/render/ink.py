"""Inks: the colour, the texture and the label that a shape is drawn with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from visualize.scenes.render.palette import RGB


class Ink(NamedTuple):
    """The material of a shape, with its colours and the names that it is labelled with.

    Args:
        thing: the object; a name of the vocabulary, as ``part``, ``material`` and ``texture`` are ("" for none).
        colour: RGB in 0..255 by full, white light.
        accent: the second colour of the texture; None takes a darker ``colour``.
        period: one repeat of the texture, metres.
        fade: brightness at the shape's upper and lower end.
        glows: it gives light, and so keeps its colour at night and in haze.
        beyond: an object that is seen through this one, such as a tree through a window.
    """

    thing: str
    colour: RGB
    material: str = ""
    part: str = ""
    texture: str = ""
    accent: RGB | None = None
    period: float = 0.3
    fade: tuple[float, float] = (1.05, 0.94)
    glows: bool = False
    beyond: str = ""

    def tinted(self, colour: RGB) -> Ink:
        """This ink in another colour."""
        return Ink(self[0], colour, *self[2:])
