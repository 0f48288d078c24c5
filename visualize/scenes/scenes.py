"""Everyday scenes with their labels, drawn as they are asked for: no disk, no network, the same for the same seed."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError, suggest
from visualize.scenes.kinds import built, indoor
from visualize.scenes.kinds import open_land as country
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.canvas import Canvas, Drawing
from visualize.scenes.render.light import indoors, outdoors
from visualize.scenes.render.palette import named_colours
from visualize.scenes.render.sparing import SPARED, Sparing
from visualize.scenes.vocabulary import KINDS, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.scenes.vocabulary import Concept


SPLITS: Mapping[str, int] = MappingProxyType({"train": 0, "held-out": 1, "probe": 2})
"""The three worlds of pictures that never share one: to train on, to test accuracy on, to look at units with."""

_MOST = 1 << 20  # pictures in a set, and seeds of sets
_GRAIN = 3.0  # standard deviation of the camera's noise, of 255
_FILM = 1 << 18  # values of noise that pictures take theirs from

_PAINTERS: Mapping[str, Callable[[Canvas, Dice], None]] = {
    "bedroom": indoor.bedroom,
    "living_room": indoor.living_room,
    "kitchen": indoor.kitchen,
    "bathroom": indoor.bathroom,
    "office": indoor.office,
    "street": built.street,
    "village": built.village,
    "highway": built.highway,
    "forest": country.forest,
    "beach": country.beach,
    "mountain": country.mountain,
    "field": country.field,
}
_INDOORS = frozenset({"bedroom", "living_room", "kitchen", "bathroom", "office"})


@dataclass(frozen=True)
class Scene:
    """A picture and everything that is known about it.

    Args:
        image: H x W x 3, RGB, uint8.
        name: the kind of scene.
        labels: per category of Broden, one label map or more, each H x W of concept numbers, 0 where there is no label.
            "object" has a second map where something is seen through something else (a tree through a window);
            "scene" is one number all over.

    Example:
        >>> scene = render("street", 0)
        >>> scene.name, scene.image.shape, scene.labels["object"][0].shape
        ('street', (128, 128, 3), (128, 128))
    """

    image: NDArray[np.uint8]
    name: str
    labels: Mapping[str, tuple[NDArray[np.int16], ...]]


def render(kind: str | None, seed: int, size: int = 128) -> Scene:
    """Draw a scene.

    Args:
        kind: one of :data:`~visualize.scenes.vocabulary.KINDS`; None lets the seed choose.
        seed: a whole number from 0; the same seed gives the same picture, byte for byte.
        size: height and width, pixels.

    Raises:
        InputError: there is no such kind, or the seed or the size is too small.

    Example:
        >>> grass = render("field", 4).labels["object"][0] == NUMBERS["object"]["grass"]
        >>> bool(grass.any())
        True
    """
    with _uncollected():
        kind, canvas, dice = painted(kind, seed, size)
        return _finished(kind, canvas, dice)


def render_without(kind: str, seed: int, concept: Concept, size: int = 128) -> Scene | None:
    """Draw the scene of :func:`render` without one concept, everything else being equal.

    Every random choice is made as before, and only shapes of the concept are not drawn: an object with its parts, a
    part, or a texture on what stays as it is. What stood behind shows. A soft shadow on the ground stays.

    Args:
        kind: as for :func:`render`.
        seed: as for :func:`render`.
        concept: an object, a part or a texture.
        size: height and width, pixels.

    Returns:
        None where nothing was drawn behind it, as behind the sky, walls or floors.

    Raises:
        InputError: the concept is of another category, or what :func:`render` raises.

    Example:
        >>> from visualize.scenes.vocabulary import CONCEPTS
        >>> (car,) = [item for item in CONCEPTS if (item.category, item.name) == ("object", "car")]
        >>> scene = render_without("street", 5, car)
        >>> bool((scene.labels["object"][0] == car.number).any())
        False
    """
    if concept.category not in SPARED:
        raise InputError(f"no scene is drawn without {concept.name}: only {', '.join(SPARED)} can be left out")
    with _uncollected():
        _, whole, _ = painted(kind, seed, size)
        kind, canvas, dice = painted(kind, seed, size, without=(concept.category, concept.name))
        return None if canvas.blank > whole.blank else _finished(kind, canvas, dice)


def _finished(kind: str, canvas: Canvas, dice: Dice) -> Scene:
    """The scene on a canvas, with the camera's noise."""
    drawing = canvas.finish()
    count, start = drawing.picture.size, dice.whole(0, _FILM - 1)
    grain = np.resize(np.roll(_film(), -start) if count > _FILM else _film()[start : start + count], count)
    noisy = drawing.picture.astype(np.int16)
    noisy += grain.reshape(noisy.shape)
    return Scene(noisy.clip(0, 255, out=noisy).astype(np.uint8), kind, MappingProxyType(_labels(kind, drawing)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put off the garbage collector, which would look through thousands of shapes again and again, for one drawing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@cache
def _film() -> NDArray[np.int16]:
    """The noise of the camera; twice over, so that a picture can start anywhere in it."""
    grain = np.random.Generator(np.random.PCG64(1839)).standard_normal(_FILM)
    return np.tile(np.round(_GRAIN * grain).astype(np.int16), 2)


def render_flat(kind: str | None, seed: int, size: int = 128) -> Scene:
    """The scene of :func:`render` without noise, texture, shadow or shading: one shape, one colour."""
    kind, canvas, _ = painted(kind, seed, size, flat=True)
    drawing = canvas.finish()
    return Scene(drawing.picture, kind, MappingProxyType(_labels(kind, drawing)))


def painted(
    kind: str | None, seed: int, size: int, *, flat: bool = False, without: tuple[str, str] | None = None
) -> tuple[str, Canvas, Dice]:
    """A canvas with all the shapes of a scene on it, before it is finished.

    Args:
        kind: one of :data:`~visualize.scenes.vocabulary.KINDS`; None lets the seed choose.
        seed: a whole number from 0.
        size: height and width of the picture, pixels.
        flat: leave out texture, shadow and shading.
        without: category and name of a concept that is not drawn.

    Returns:
        the kind of scene, the canvas, and the stream of random numbers as the painter left it.

    Raises:
        InputError: there is no such kind, or the seed or the size is too small.
    """
    if seed < 0 or size < 16:
        raise InputError(f"seed {seed} and size {size} give no scene; take a seed from 0 and a size from 16 pixels")
    dice = Dice(seed)
    kind = kind if kind is not None else dice.pick(KINDS)
    if kind not in _PAINTERS:
        raise InputError(f"no scene is called {kind!r}; there are {', '.join(KINDS)}{suggest(kind, KINDS)}")
    light = indoors(dice) if kind in _INDOORS else outdoors(dice)
    canvas = Canvas(size, light, flat=flat) if without is None else Sparing(size, light, without)
    _PAINTERS[kind](canvas, dice)
    return kind, canvas, dice


def _labels(kind: str, drawing: Drawing) -> dict[str, tuple[NDArray[np.int16], ...]]:
    maps = drawing.maps
    shape = drawing.picture.shape[:2]
    everywhere = np.broadcast_to(np.int16(NUMBERS["scene"][kind]), shape)
    beyond = (maps["beyond"],) if maps["beyond"].any() else ()
    return {
        "object": (maps["object"], *beyond),
        "part": (maps["part"],),
        "scene": (everywhere,),
        "material": (maps["material"],),
        "texture": (maps["texture"],),
        "color": (named_colours(drawing.picture),),
    }


class Scenes:
    """A probe set of scenes: all kinds in turn, each picture drawn when it is asked for.

    Args:
        count: how many pictures.
        seed: which set; different seeds share no picture.
        size: height and width that pictures are drawn at, pixels.
        split: one of :data:`SPLITS`; sets of different splits share no picture whatever their seeds.

    Raises:
        InputError: there is no such split, or a number is out of range.

    Example:
        >>> scenes = Scenes(12, seed=3)
        >>> scenes.file(5), scenes.kind(5)
        ('scenes/street-0005', 'street')
    """

    def __init__(self, count: int = 300, seed: int = 0, size: int = 128, split: str = "probe") -> None:
        if split not in SPLITS:
            raise InputError(f"scenes have no split {split!r}; there are {', '.join(SPLITS)}{suggest(split, SPLITS)}")
        if not (0 < count <= _MOST and 0 <= seed < _MOST and size >= 16):
            raise InputError(
                f"{count} scenes of {size} pixels with seed {seed} cannot be drawn; take 1 to {_MOST} scenes "
                f"of 16 pixels or more and a seed from 0 to {_MOST - 1}"
            )
        self._count, self._seed, self._size, self._split = count, seed, size, split

    @property
    def name(self) -> str:
        """The name of the whole set: ``scenes``."""
        return "scenes"

    @property
    def fingerprint(self) -> str:
        """Everything that the scenes are drawn from, beside this program."""
        return f"{self._count} scenes of {self._size} pixels, {self._split}, seed {self._seed}"

    def __len__(self) -> int:
        return self._count

    def kind(self, index: int) -> str:
        """The kind of scene ``index``."""
        return KINDS[index % len(KINDS)]

    def file(self, index: int) -> str:
        """The name of scene ``index``, such as ``scenes/street-0012``."""
        return f"scenes/{self.kind(self._checked(index))}-{index:04d}"

    def number(self, index: int) -> int:
        """The seed that scene ``index`` is rendered from; no two scenes of any two sets share one."""
        return (SPLITS[self._split] * _MOST + self._seed) * _MOST + self._checked(index)

    def scene(self, index: int) -> Scene:
        """Scene ``index`` with its labels."""
        return render(self.kind(index), self.number(index), self._size)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """Scene ``index`` brought to ``preparation.size``: H x W x 3, RGB, uint8."""
        from PIL import Image

        image = self.scene(index).image
        return np.asarray(preparation.fit(Image.fromarray(image)), np.uint8)

    def _checked(self, index: int) -> int:
        if not 0 <= index < self._count:
            raise InputError(f"scene {index} does not exist; this set has 0 to {self._count - 1}")
        return index
