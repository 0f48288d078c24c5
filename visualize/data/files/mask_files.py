"""Telling label maps from photographs in a folder of no known layout, so that none is counted as a photograph."""

from __future__ import annotations

import glob
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.endings import ending, stem
from visualize.data.files.picture_files import MOST_PIXELS
from visualize.methods.pictures.image_file import open_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


WORDS = {
    "annot", "annotation", "annotations", "groundtruth", "gt", "gtcoarse", "gtfine", "label", "labelids", "labelmap",
    "labelmaps", "labels", "mask", "masks", "seg", "segmap", "segmaps", "segmentation", "segmentationclass",
    "segmentationobject", "segmentations", "segmented", "segs", "semantic", "trainids", "trimap", "trimaps",
}  # fmt: skip
"""Words that label maps' folders are called, and the names of label maps end with."""
_BREAKS = re.compile(r"[\s_.\-]+")
_SEEN = 3  # pairs that are looked at for each folder of maps
_SMOOTH = 0.5  # part of the pixels that equal their right neighbours: more in label maps, less in grey photographs
_COLOURS = 256


def label_maps(root: Path, paths: Sequence[str]) -> list[str]:
    """Label maps among the pictures of a folder, in their order.

    A map's folder, or the end of its name, is called masks, labels or the like; a picture of the same name (and path,
    but for that folder) lies beside it; and some of the maps that are opened have their picture's size and few colours.

    Args:
        root: the folder.
        paths: of its pictures, below it.
    """
    suspects = {path: place for path in paths if (place := _place(path)) is not None}
    if not suspects:
        return []
    pictures: dict[str, str] = {}
    for path in paths:
        if path not in suspects:
            parts = stem(path).split("/")
            pictures |= {_key(parts): path} | {_key(parts, place): path for place in range(len(parts) - 1)}
    groups: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for path, place in suspects.items():
        picture = next((pictures[key] for key in _keys(path, place) if key in pictures), None)
        groups["/".join(path.split("/")[: place + 1]) if _in_folder(path, place) else ""].append((path, picture))
    taken: set[str] = set()
    for folder, group in groups.items():
        paired = {path for path, picture in group if picture is not None}
        if _are_maps(root, group):
            taken |= {path for path, _ in group} if folder and 2 * len(paired) >= len(group) else paired
    return [path for path in paths if path in taken]


def pictures_of(root: Path, paths: Sequence[str]) -> Path | None:
    """Folder beside a folder of label maps that holds their pictures; None where it is no such folder.

    Args:
        root: the folder.
        paths: of its pictures, below it.
    """
    if not paths or _place(f"{root.name}/x") is None:
        return None
    some = paths[:: max(1, len(paths) // _SEEN)][:_SEEN]
    for folder in sorted(entry for entry in root.parent.iterdir() if entry != root and entry.is_dir()):
        beside = [
            f"{folder.name}/{path.parent.relative_to(folder).as_posix()}/{path.name}".replace("/./", "/")
            for given in some
            for path in sorted((folder / given).parent.glob(f"{glob.escape(stem(given).split('/')[-1])}.*"))
        ]
        if beside and label_maps(root.parent, [*beside, *(f"{root.name}/{path}" for path in some)]):
            return folder
    return None


def _place(path: str) -> int | None:
    """Place in a path of the part that is called as label maps are; None where none is."""
    *folders, name = stem(path).split("/")
    for place, part in enumerate(folders):
        if WORDS & set(_BREAKS.split(part.lower())) or part.lower().endswith("annot"):
            return place
    named = _without_words(name) != name and ending(path) not in {".jpg", ".jpeg"}
    return len(folders) if named else None


def _in_folder(path: str, place: int) -> bool:
    return place < path.count("/")


def _keys(path: str, place: int) -> Iterator[str]:
    """Keys that the picture of a map may have."""
    *folders, name = stem(path).split("/")
    for base in dict.fromkeys([name, _without_words(name)]):
        if not _in_folder(path, place):
            yield _key([*folders, base])
        else:
            yield _key([*folders, base], place)
            yield _key([*folders[:place], *folders[place + 1 :], base])  # pictures beside the folder of maps


def _key(parts: list[str], skipped: int | None = None) -> str:
    """A path by which a picture is looked up, without one of its folders."""
    return "/".join(parts) if skipped is None else f"{skipped}:{'/'.join(parts[:skipped] + parts[skipped + 1 :])}"


def _without_words(name: str) -> str:
    """A name without the words at its end that say that it is a map."""
    match = re.fullmatch(r"(.+?)[\s_.\-]+([^\s_.\-]+)", name)
    return _without_words(match[1]) if match and match[2].lower() in WORDS else name


def _are_maps(root: Path, group: Sequence[tuple[str, str | None]]) -> bool:
    pairs = [(path, picture) for path, picture in group if picture is not None]
    step = max(1, len(pairs) // _SEEN)
    return any(_is_map(root / path, root / picture) for path, picture in pairs[::step][:_SEEN])


def _is_map(path: Path, picture: Path) -> bool:
    """Whether a file has the size of a picture, and the few colours of a label map."""
    try:
        with open_image(path) as suspect, open_image(picture) as other:
            if suspect.size != other.size or suspect.width * suspect.height > MOST_PIXELS:
                return False
            if len(suspect.getbands()) > 1:
                return suspect.getcolors(max(2, min(_COLOURS, suspect.width * suspect.height // 4))) is not None
            values = np.asarray(suspect)
            return len(other.getbands()) > 1 or float((values[:, 1:] == values[:, :-1]).mean()) > _SMOOTH
    except Exception:  # noqa: BLE001 (what cannot be read is said when its turn comes)
        return False
