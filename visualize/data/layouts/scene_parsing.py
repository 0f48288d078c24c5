"""ADE20K in the format of the scene parsing challenge: 150 classes (Zhou et al. 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.data.files.csv_tables import read_table
from visualize.data.files.text_files import read_lines
from visualize.data.layouts.concept_numbers import numbered, ranked
from visualize.data.layouts.paired import Pair, Paired
from visualize.data.layouts.walk import pictures_below
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path


CLASSES, SCENES, PICTURES, MAPS = "objectInfo150.txt", "sceneCategories.txt", "images", "annotations"


def is_scene_parsing(root: Path) -> bool:
    """Whether the folder has the table of the 150 classes, and label maps."""
    return (root / CLASSES).is_file() and (root / MAPS).is_dir()


def read_scene_parsing(root: Path) -> Paired:
    """Read ``objectInfo150.txt``, and ``sceneCategories.txt`` where it is there; list ``images`` and ``annotations``.

    Raises:
        InputError: a table cannot be used.
    """
    _, rows = read_table(root / CLASSES, ["Idx", "Name"], separator="\t")
    objects = numbered({row.whole("Idx", least=1, most=0xFFFF): row["Name"] for row in rows}, "object")
    kinds = _scenes(root)
    scenes = ranked(kinds.values(), "scene", after=max(concept.number for concept in objects))
    number = {concept.name: concept.number for concept in scenes}
    maps = pictures_below(root, MAPS)
    pairs = tuple(
        Pair(
            path,
            maps.get(stem),
            (("scene", number[kinds[stem.rpartition("/")[2]]]),) if stem.rpartition("/")[2] in kinds else (),
        )
        for stem, path in pictures_below(root, PICTURES).items()
    )
    return Paired(
        kind="ADE20K, scene parsing",
        name=printable(root.resolve().name),
        root=root,
        categories=("object", "scene") if scenes else ("object",),
        known=(*objects, *scenes),
        entries=pairs,
        values={"object": {concept.number: concept.number for concept in objects}},
        explained=root / CLASSES,
    )


def _scenes(root: Path) -> dict[str, str]:
    """Kinds of scenes by picture; empty where there is no table of them."""
    if not (root / SCENES).is_file():
        return {}
    kinds = {}
    for line, text in enumerate(read_lines(root / SCENES), start=1):
        words = text.split()
        if len(words) not in {0, 2}:
            raise InputError(f"{root / SCENES}, line {line}: expected a picture and its kind of scene, not {text!r}")
        if words:
            kinds[words[0]] = words[1]
    return kinds
