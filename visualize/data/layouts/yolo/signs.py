"""Signs that a folder holds YOLO's labels, so that other texts beside pictures are not taken for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.data.files.endings import stem
from visualize.data.layouts.walk import walk
from visualize.data.layouts.yolo.names import LISTS, names_file
from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LABELS = "labels"
"""Folder of YOLO's texts."""

LINE = re.compile(rb"[0-9]{1,5}(?:[ \t]++[+-]?[0-9.]++(?:[eE][+-]?[0-9]{1,3})?+)++")
"""A class and numbers; never gone back in, which would take gigabytes on a line of megabytes."""

_START, _LOOK, _DEPTH = 4096, 20, 3  # bytes of a file, files and folders that are looked at to know the layout
_SHARE, _NAMED_SHARE = 0.9, 0.5  # of the lines that must be YOLO's, without and with a file that names the classes


@dataclass(frozen=True)
class Signs:
    """Lines of some of the texts that may be YOLO's.

    Args:
        texts: how many texts were looked at.
        lines: how many lines they hold, as far as these were looked at.
        outlines: how many are a class with at least six numbers from 0 to 1, two for each point.
        boxes: how many are a class with four numbers from 0 to 1, or five.
        named: the file that names the classes; None where there is none.
    """

    texts: int = 0
    lines: int = 0
    outlines: int = 0
    boxes: int = 0
    named: str | None = None

    @property
    def enough(self) -> bool:
        """Whether these are YOLO's: nearly all lines are outlines; or most are its own, and a file names classes."""
        if self.named is None:
            return self.outlines > 0 and self.outlines >= _SHARE * self.lines
        ours = self.outlines + self.boxes
        return ours > 0 and ours >= _NAMED_SHARE * self.lines


def is_yolo(root: Path) -> bool:
    """Whether the folder has pictures and YOLO's texts for them: in ``images`` and ``labels``, or side by side."""
    return yolo_signs(root).enough


def yolo_signs(root: Path) -> Signs:
    """Look at some texts of a folder, those in ``labels`` and those that are called as pictures beside them."""
    paths = _some(root)
    explained = names_file(root) if paths else None
    return look_at(paths, None if explained is None else explained.name)


def look_at(texts: Sequence[Path], named: str | None = None) -> Signs:
    """Look at the first lines of some texts, spread over all.

    Args:
        texts: the files.
        named: the file that names the classes.
    """
    some = texts[:: max(1, len(texts) // _LOOK)][:_LOOK]
    kinds = [kind for path in some for kind in _kinds(path)]
    return Signs(len(some), len(kinds), kinds.count("outline"), kinds.count("box"), named)


def _some(root: Path) -> list[Path]:
    """Some of the texts that may be YOLO's."""
    named, beside = [], []
    for folder, inner, files in walk(root, depth=_DEPTH):
        texts = [folder / name for name in files if name.endswith(".txt") and name not in LISTS]
        if LABELS in folder.relative_to(root).parts:
            named += texts[:_LOOK]
        elif texts and not inner:
            pictures = {stem(name) for name in files if stem(name) != name}
            beside += [path for path in texts if path.stem in pictures][:_LOOK]
    return [*named[:_LOOK], *beside[:_LOOK]]


def _kinds(path: Path) -> list[str]:
    """Kinds of a text's first lines: "outline", "box", or nothing of YOLO's ("")."""
    try:
        with opened(path) as file:
            start = file.read(_START)
    except (OSError, InputError):
        return []
    lines = start.splitlines()
    if len(start) == _START:  # the last line is cut
        lines = lines[:-1] or [start[: start.rfind(b" ")]]
    return [_kind(line.strip(), cut=len(start) == _START and len(lines) == 1) for line in lines if line.strip()]


def _kind(line: bytes, *, cut: bool) -> str:
    if not LINE.fullmatch(line):
        return ""
    try:
        values = [float(value) for value in line.split()[1:]]
    except ValueError:
        return ""
    if not all(0 <= value <= 1 for value in values):
        return ""
    if len(values) in {4, 5} and not cut:
        return "box"
    return "outline" if len(values) >= 6 and (cut or len(values) % 2 == 0) else ""
