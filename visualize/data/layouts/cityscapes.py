"""Cityscapes (Cordts et al. 2016): leftImg8bit and gtFine, with the fine annotations' labelIds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.data.layouts.concept_numbers import numbered
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import pictures_below
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path


PICTURES, MAPS = "leftImg8bit", "gtFine"
_END, _MAP_END = "_leftImg8bit", "_gtFine_labelIds"

# The identifiers of cityscapesScripts' label table; 0 to 3 (unlabeled, ego vehicle, rectification border, out of roi)
# stand for what is not part of the street.
_VOID = (1, 2, 3)
CLASSES = {
    4: "static", 5: "dynamic", 6: "ground", 7: "road", 8: "sidewalk", 9: "parking", 10: "rail track", 11: "building",
    12: "wall", 13: "fence", 14: "guard rail", 15: "bridge", 16: "tunnel", 17: "pole", 18: "polegroup",
    19: "traffic light", 20: "traffic sign", 21: "vegetation", 22: "terrain", 23: "sky", 24: "person", 25: "rider",
    26: "car", 27: "truck", 28: "bus", 29: "caravan", 30: "trailer", 31: "train", 32: "motorcycle", 33: "bicycle",
}  # fmt: skip


def is_cityscapes(root: Path) -> bool:
    """Whether the folder has both pictures and fine annotations."""
    return (root / PICTURES).is_dir() and (root / MAPS).is_dir()


def read_cityscapes(root: Path) -> Paired:
    """List the pictures that have fine annotations; those of the test split have none worth the name and are left out.

    Raises:
        InputError: there is no such picture.
    """
    maps = pictures_below(root, MAPS)
    named = {stem.removesuffix(_END): path for stem, path in pictures_below(root, PICTURES).items()}
    pairs = tuple(
        Pair(path, maps[stem + _MAP_END])
        for stem, path in named.items()
        if stem + _MAP_END in maps and not stem.startswith("test/")
    )
    if not pairs:
        raise InputError(f"no picture in {root / PICTURES} has its *{_MAP_END}.png in {root / MAPS}")
    return Paired(
        kind="Cityscapes",
        name=printable(root.resolve().name),
        root=root,
        categories=("object",),
        known=tuple(numbered(CLASSES, "object")),
        entries=pairs,
        values={"object": {number: number for number in CLASSES}},
        void=_VOID,
    )
