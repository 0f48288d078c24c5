"""Explaining what a folder was taken for as a probe set, by which signs, and what is missing."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.data.files.endings import ending, kind
from visualize.data.files.inner_paths import folders
from visualize.data.layouts.coco.instances import instance_tables
from visualize.data.layouts.coco.panoptic import panoptic_tables
from visualize.data.layouts.labelme.labelme import has_shapes
from visualize.data.layouts.masks.pairs import mask_pairs
from visualize.data.layouts.registry import PLAIN, read_layout, recognise, split_prefix, split_void
from visualize.data.layouts.signs import Near, signs
from visualize.data.open import NamedLate
from visualize.methods.errors import InputError, InputNote, InputWarning, system_words
from visualize.methods.progress import silent
from visualize.printable import printable

if TYPE_CHECKING:
    from visualize.data.layouts.layout import Layout
    from visualize.methods.provenance import Json

_MOST_JSON = 500  # JSON files that are looked into to count them by kind
_TABLES = {".txt", ".csv", ".tsv", ".yaml", ".yml", ".names"}
_PACKED = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}
_ARRAYS = {".npy", ".npz", ".mat", ".h5", ".hdf5", ".pkl", ".parquet"}


@dataclass(frozen=True)
class Explanation:
    """Answer to why a folder is read as it is.

    Args:
        name: of the folder.
        seen: kind of file -> number of files.
        layout: what the folder was taken for; None where it has no labels, and "folder" where that was asked for.
        kind: what that format is called.
        pictures: how many pictures it has in that layout.
        remarks: sentences on what was left out, and how names were understood.
        fault: why it cannot be read so; "" where it can.
        signs: what speaks for it.
        missing: what it needs to be read, and how to make it.
        near: other layouts of which there are signs.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from visualize.data import explain
        >>> for name in ("beach", "kitchen"):
        ...     Path(name).mkdir()
        ...     Image.new("RGB", (8, 8)).save(f"{name}/a.png")
        >>> explanation = explain(".")
        >>> explanation.layout, explanation.signs
        ('classes', ('pictures in folders of classes alone',))
    """

    name: str
    seen: dict[str, int]
    layout: str | None
    kind: str
    pictures: int = 0
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fault: str = ""
    signs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Explanation for people, a sentence a line."""
        seen = ", ".join(f"{what} {count:,}" for what, count in self.seen.items()) or "nothing"
        said = [f"{self.name}: {seen}"]
        if self.layout is None or self.layout == PLAIN:
            said.append("taken for plain pictures, without labels")
        else:
            said.append(f"taken for {self.layout} ({self.kind}), {self.pictures:,} pictures")
        said += [f"  sign: {text}" for text in self.signs]
        said += [f"  {text}" for text in (*self.remarks, *self.notes)]
        if self.fault:
            said.append(f"cannot be used: {self.fault}")
        said += [f"missing: {text}" for text in self.missing]
        for near in self.near:
            lacks = f"; missing: {'; '.join(near.lacks)}" if near.lacks else f"; {near.layout}:{self.name} takes it so"
            said.append(f"near: {near.layout}, by {'; '.join(near.has)}{lacks}")
        return [printable(text) for text in said]

    @property
    def document(self) -> Json:
        """Explanation as JSON."""
        return {
            "name": self.name,
            "seen": dict(self.seen),
            "layout": self.layout,
            "kind": self.kind,
            "pictures": self.pictures,
            "remarks": list(self.remarks),
            "notes": list(self.notes),
            "fault": self.fault or None,
            "signs": list(self.signs),
            "missing": list(self.missing),
            "near": [{"layout": near.layout, "has": list(near.has), "lacks": list(near.lacks)} for near in self.near],
        }


def explain(where: str | Path) -> Explanation:
    """Say what a folder was taken for as a probe set, by which signs, and what is missing.

    Args:
        where: the folder, also with a layout (``coco:FOLDER``) or with values that are no label (``void=0:FOLDER``).

    Raises:
        InputError: there is no such folder, or it cannot be looked through.
    """
    void, rest = split_void(str(where))
    prefix, path = (None, rest) if isinstance(where, Path) else split_prefix(rest)
    root = Path(path).expanduser()
    if not path.strip() or not root.is_dir():
        raise InputError(f"{printable(rest)} is no folder on this disk; --explain looks at the files of one")
    nears, layout = signs(root), prefix or recognise(root)
    name, seen = printable(str(root)), _seen(root)
    if layout in {None, PLAIN}:
        missing = () if nears or layout == PLAIN else ("labels of a kind that is known; docs/labels.md shows them",)
        pictures = seen.get("pictures", 0)
        return Explanation(name, seen, layout, "plain pictures", pictures, missing=missing, near=tuple(nears))
    chosen = next((near for near in nears if near.layout == layout), Near(str(layout), ()))
    read, fault = _read(str(layout), root, void)
    return Explanation(
        name, seen, layout, "" if read is None else read.kind, 0 if read is None else len(read),
        () if read is None else tuple(map(printable, read.remarks)),
        () if read is None else tuple(map(printable, read.notes)), fault, chosen.has, chosen.lacks,
        tuple(near for near in nears if near.layout != layout),
    )  # fmt: skip


def _read(layout: str, root: Path, void: tuple[int, ...]) -> tuple[Layout | None, str]:
    """The folder in a layout, or None and why it cannot be read so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        warnings.simplefilter("ignore", InputNote)
        try:
            read = read_layout(layout, root, void)
            if isinstance(read, NamedLate):
                read.read_names(silent)
        except InputError as fault:
            return None, str(fault)
    return read, ""


def _seen(root: Path) -> dict[str, int]:
    """Kinds of files, and how many there are of each."""
    coco = {*panoptic_tables(root), *instance_tables(root)}
    counts: Counter[str] = Counter()
    try:
        for folder, names, _ in folders(root, root):
            counts.update(filter(None, (_kind(Path(folder), name, coco, counts) for name in names)))
    except OSError as fault:
        raise InputError(f"the folder {fault.filename or root} cannot be read: {system_words(fault)}") from fault
    pairs = mask_pairs(root)
    masks = len(pairs.masks) + len(pairs.strays)
    counts["pictures"] -= masks
    counts["masks"] += masks
    return {what: counts[what] for what in _ORDER if counts[what]}


_ORDER = (
    "pictures", "masks", "pictures in formats that are not read", "JSON files as COCO's", "JSON files of LabelMe",
    "other JSON files", "texts and tables", "XML files", "archives (unpack them)", "files of arrays", "other files",
)  # fmt: skip


def _kind(folder: Path, name: str, coco: set[Path], counts: Counter[str]) -> str:
    if name.startswith("."):
        return ""
    taken, end = kind(str(folder), name), ending(name)
    if taken is not None:
        return "pictures" if taken == "picture" else _ORDER[2]
    if end == ".json":
        if folder / name in coco:
            return _ORDER[3]
        looked = counts[_ORDER[4]] + counts[_ORDER[5]]
        return _ORDER[4] if looked < _MOST_JSON and has_shapes(folder / name) else _ORDER[5]
    for ends, what in ((_TABLES, _ORDER[6]), ({".xml"}, _ORDER[7]), (_PACKED, _ORDER[8]), (_ARRAYS, _ORDER[9])):
        if end in ends:
            return what
    return _ORDER[10]
