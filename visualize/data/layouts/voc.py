"""Pascal VOC's segmentations (Everingham et al.), which torchvision finds on disk."""

from __future__ import annotations

import re
from pathlib import Path

from visualize.data.layouts.concept_numbers import numbered
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import walk
from visualize.methods.errors import InputError, one_line

_KIT = "VOCdevkit"
_VOID = (255,)  # the border between two objects
_YEAR = re.compile(r"VOC(20[0-9]{2})")
_NAMES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "dining table", "dog",
    "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train", "tv monitor",
)  # fmt: skip
CLASSES = dict(enumerate(_NAMES, start=1))


def is_voc(root: Path) -> bool:
    """Whether the folder is VOC's development kit, one of its years, or holds the kit."""
    return bool(_years(root))


def read_voc(root: Path) -> Paired:
    """List a year's pictures that have segmentations, of its training and validation sets; of several years the last.

    Args:
        root: ``VOCdevkit``, a folder ``VOC2012`` in it, or the folder that ``VOCdevkit`` lies in.

    Raises:
        InputError: there is no such year, or torchvision does not find what belongs to it.
    """
    years = _years(root)
    if not years:
        raise InputError(f"no {_KIT}/VOC<year> with SegmentationClass in {root}; give the folder that {_KIT} lies in")
    folder = years[-1]
    if folder.parent.name != _KIT:
        raise InputError(f"{folder} does not lie in a folder called {_KIT}, as torchvision expects; move it there")
    pairs = tuple(Pair(_below(picture, folder), _below(mask, folder)) for picture, mask in _listed(folder))
    return Paired(
        kind="Pascal VOC",
        name=folder.name,
        root=folder,
        categories=("object",),
        known=tuple(numbered(CLASSES, "object")),
        entries=pairs,
        values={"object": {number: number for number in CLASSES}},
        void=_VOID,
    )


def _years(root: Path) -> list[Path]:
    """The folders of years, in rising order."""
    around = [root] if _YEAR.fullmatch(root.resolve().name) else []
    places = [place for place in (root, root / _KIT, root / "TrainVal" / _KIT) if place.is_dir()]
    folders = [
        *around,
        *(place / name for place in places for name in next(walk(place, depth=0))[1] if _YEAR.match(name)),
    ]
    years = [path.resolve() for path in folders if _YEAR.fullmatch(path.resolve().name)]
    return sorted((path for path in years if (path / "SegmentationClass").is_dir()), key=lambda path: path.name)


def _listed(folder: Path) -> list[tuple[str, str]]:
    """Pictures and masks, as torchvision lists them."""
    from torchvision.datasets import VOCSegmentation

    year = folder.name.removeprefix("VOC")
    root = folder.parents[2] if year == "2011" and folder.parents[1].name == "TrainVal" else folder.parents[1]
    try:
        dataset = VOCSegmentation(str(root), year=year, image_set="trainval", download=False)
        return list(zip(dataset.images, dataset.masks, strict=True))
    except (OSError, RuntimeError, ValueError) as fault:
        raise InputError(f"torchvision does not find VOC {year} in {root}: {one_line(fault)}") from fault


def _below(path: str, folder: Path) -> str:
    return Path(path).relative_to(folder).as_posix()
