"""Colours that things have, and the eleven colours that people name."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from visualize.scenes.vocabulary import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from visualize.scenes.random_stream import Dice


RGB = tuple[float, float, float]


def _hexes(text: str) -> tuple[RGB, ...]:
    values = [int(word, 16) for word in text.split()]
    return tuple((float(value >> 16), float(value >> 8 & 255), float(value & 255)) for value in values)


WOOD = _hexes("b98556 8a5a36 d6b27c 6b4429 a8744a c79a66 9c6b48 e3c9a0")
PALE_WOOD = _hexes("d6b27c e3c9a0 cdb190 b98556 a88a68 8f7457")
PAINT = _hexes("efe7d8 dfe6e8 cfe0d6 e8d3c4 d5d3e6 f1e3b4 b9cfd8 d9b8a8 a9b99a c9b6c6 8fa6b5 e5e5e1 c98f72 7d93a1")
LINEN = _hexes("f2efe9 e9e3d6 dbe4ec f4e4e0 e4ead9 d9d4e8 f3ecc9")
CLOTH = _hexes(
    "c0504a 3f6ea5 4f8f62 d9a441 7b5a96 d88a9e 2f4a63 8fb7c9 b7794f 6d7f4a e0cba8 98989c 45484f a63d57 e6e1d6 e88f4f"
)
BLIND = _hexes("e6e1d6 d8c6a6 b9c7d1 c98d7c 8fa38b a99bb8 d9b45a 6d87a0 b4545a")
WHITEWARE = _hexes("f7f7f5 eef1f2 f3efe6 dfe5e8")
STEEL = _hexes("b9c0c6 9aa3ab d3d8dc 6d757d")
DARK = _hexes("2b2d33 3a3c44 23262b 4a4d55")
CARS = _hexes("c8352f 2f5fa8 e9ebee 2d3036 8c9197 e0b73c 3c8a5a 6e2f3a d9722e 77aaca b8bcc1 f2f2ee")
BRICK = _hexes("b0604a c27a5c 9a5040 a8654e c99d84")
FACADE = _hexes("e9d8b8 d9a98a c9d2d6 efe9dd b8c4a8 e2c27e d5b3a6 a9b7c6 f2ddc9 c58b6f")
TOWER = _hexes("8fa5b8 a9adb3 c9bca8 7489a0 b4a594 95a5a0 d2d0ca 6d7f90 a88d7f")
ROOF = _hexes("a64b3c 7c4a3c 5b5f68 8c5a48 c06a4a 4a5a68 6f7a58")
STONE = _hexes("9a9a98 87857f aba59b 75777b b7b2aa")
ASPHALT = _hexes("5b5e64 6a6c70 4d5056 76777a 625f5e")
PAVING = _hexes("b9b4aa a8a6a2 c9c2b4 9d9a98 c7b8a4")
SAND = _hexes("ecd9a6 e2c993 f1e3bd d9bf8c e6cfa4")
SOIL = _hexes("9c7a54 b08d62 866545 c2a379 a6896a")
BARK = _hexes("6b4e37 7d5f46 55402f 8a735c 947f6b")
LEAVES = _hexes("4f8f45 6aa84f 3f7a46 87b35a 2f6b3d 5b9a5b")
CONIFER = _hexes("2f5d45 3a6b4a 274f3f 44765a")
AUTUMN = _hexes("d98a34 c25b2f e0ae3f b5642f a8893a 8a9a45")
MEADOW = _hexes("7db356 94bd5e 6aa350 a9c46c 5f9a58 8fae52")
DRY = _hexes("d9bf5f cda84f c5b46a e3cd7a b7a65a")
PETALS = _hexes("e8504a f3d23e e98fc0 f5f1ea a86fd0 f08a3c d93a68 6f8fe0")
SKIN = _hexes("f1c9a5 d9a178 a9714b 7d5236 5c3b28 e8b48f")
HAIR = _hexes("2d221c 5b3d28 a87a45 1d1b1e 8a8580 c9a45f")
FUR = _hexes("8a5a3a 3a302b f0e9df 5d4433 b98a5e")
GLASS = _hexes("9cc3d9 b4d3e0 86acc4")
WATER = _hexes("3f86b0 4f9fbf 2f7396 63b0c4 3f8f9c 5a8fb5")
ROCKS = _hexes("7d8592 8f8a86 6c7280 9d948a 75808a 887a78")
BOOKS = _hexes("b0413e 31608f e0c068 4f8060 7a4f80 d9d2c4 35383f c97a45 88a4b8")


def mixed(colour: RGB, other: RGB, share: float) -> RGB:
    """A colour between two: ``share`` (0..1) of ``other``, and the rest of ``colour``."""
    rest = 1 - share
    red, green, blue = colour
    return red * rest + other[0] * share, green * rest + other[1] * share, blue * rest + other[2] * share


def shaded(colour: RGB, factor: float) -> RGB:
    """A colour times a factor: darker below 1, lighter above, never beyond 255."""
    red, green, blue = colour[0] * factor, colour[1] * factor, colour[2] * factor
    return red if red < 255 else 255.0, green if green < 255 else 255.0, blue if blue < 255 else 255.0


def some(dice: Dice, colours: tuple[RGB, ...], spread: float = 14) -> RGB:
    """A random one of some colours, made a little lighter or darker, warmer or colder.

    Args:
        dice: decides.
        colours: to choose from.
        spread: the most by which a channel is made lighter or darker, of 255.
    """
    red, green, blue = dice.pick(colours)
    level, warmth = dice.between(-spread, spread), dice.between(-spread, spread) / 2
    red, green, blue = red + level + warmth, green + level, blue + level - warmth
    if min(red, green, blue) >= 0 and max(red, green, blue) <= 255:
        return red, green, blue
    return min(255.0, max(0.0, red)), min(255.0, max(0.0, green)), min(255.0, max(0.0, blue))


SHADES: Mapping[str, tuple[RGB, ...]] = MappingProxyType(
    {
        "black": _hexes("000000 1c1c20"),
        "blue": _hexes("0000ff 1f4e9a 4f86c6 7fb2e0 3a8fb0 2a3f66 a8cdea 6f8fb8"),
        "brown": _hexes("7a4a24 5a3820 96663c b48a5c 6e503c"),
        "grey": _hexes("404044 606064 808080 a0a0a2 bcbcbe"),
        "green": _hexes("008000 3c8c46 76b04e 2c5c3c 9cc878 5a6e3c 60a080"),
        "orange": _hexes("ff8000 e08a3a f4a460 d2691e"),
        "pink": _hexes("ff80b0 f0b0c0 d8809c f8d0d4"),
        "purple": _hexes("800080 7a50a0 a884c4 50305c c8b4e0"),
        "red": _hexes("ff0000 c03030 8c2024 d85048"),
        "white": _hexes("ffffff f0f0ee e2e2e4"),
        "yellow": _hexes("ffff00 e6c83c f4e08c d0b060 f4ecbc"),
    }
)
"""Broden's eleven colour names (Berlin and Kay's basic colour terms), each by some of its shades."""


def lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB (D65, 2 degrees) of sRGB colours.

    Args:
        colours: ... x 3, in 0..255.

    Returns:
        ... x 3: lightness in 0..100, a and b.
    """
    value = colours / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


@cache
def _table() -> NDArray[np.int16]:
    """The named colour's number for every colour of 5 bits a channel, at the middle of its cell."""
    levels = np.arange(32) * 8 + 3.5
    cells = lab(np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3))
    best = np.full(len(cells), np.inf)
    named = np.zeros(len(cells), np.int16)
    for name, shades in SHADES.items():
        for shade in lab(np.array(shades)):
            distance = ((cells - shade) ** 2).sum(1)
            closer = distance < best
            best[closer], named[closer] = distance[closer], NUMBERS["color"][name]
    return named


def named_colours(picture: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Label every pixel with the name of its colour.

    The rule: of all shades in :data:`SHADES`, the one at the smallest Euclidean distance in CIELAB gives its name;
    colours are first rounded to 5 bits a channel.

    Args:
        picture: H x W x 3, RGB.

    Returns:
        H x W, concept numbers of category ``color``.
    """
    cells = picture >> 3
    index = cells[..., 0].astype(np.intp) << 10
    index |= cells[..., 1].astype(np.intp) << 5
    index |= cells[..., 2]
    named: NDArray[np.int16] = _table().take(index)
    return named
