"""A folder of scenes to look at, to hear and to read: pictures, label maps, sounds and captions."""

from __future__ import annotations

import csv
import io
import secrets
import shutil
import wave
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.files import save_bytes, save_png
from visualize.methods.errors import InputError, system_words
from visualize.methods.progress import silent
from visualize.scenes.captions import captions
from visualize.scenes.sound import RATE, amplitudes, shipped, soundtrack, texture
from visualize.scenes.vocabulary import CATEGORIES, CONCEPTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.progress import Progress
    from visualize.scenes.scenes import Scene, Scenes


IMAGES, SOUNDS, CAPTIONS, HEARD = "images", "sounds", "captions", "sounds.csv"
_FULL = 32767  # the largest 16-bit number
_COLUMNS = ("image", "split", "ih", "iw", "sh", "sw", *CATEGORIES)


@dataclass
class _Tables:
    """Rows of the folder's tables, and what each concept covers, as far as scenes have been written."""

    index: list[Sequence[object]]
    heard: list[Sequence[object]]
    pictures: Counter[int]
    covers: defaultdict[int, float]


def write_example(folder: Path, scenes: Scenes, progress: Progress = silent) -> None:
    """Write scenes to a new folder, in Broden's layout, so that it is a probe set too; whole or not at all.

    - ``images/NAME.png``: the picture; ``images/NAME_CATEGORY.png``: its label maps, where a pixel's place in the
      palette, and its red, is a number of ``label.csv``. "object" has a second map where something is behind glass.
    - ``sounds/NAME.wav``: its sound, 16 bits, one channel; ``sounds.csv``: its cluster, and how loud each thing is.
    - ``captions/NAME.txt``: five sentences, one a line.

    Args:
        folder: where they go; it does not exist yet, or is empty.
        scenes: what is written.
        progress: told how many scenes of how many are written.

    Raises:
        InputError: there is something in the folder already, or it cannot be written.
        OSError: the disk is full.
    """
    try:
        folder = folder.resolve()
    except (OSError, RuntimeError) as fault:  # links in a circle are the second
        raise InputError(f"cannot write to {folder}: it is a link that leads nowhere; choose another folder") from fault
    half = _beside(folder)
    try:
        _write_all(half, scenes, progress)
        if folder.exists():
            folder.rmdir()
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _beside(folder: Path) -> Path:
    """Make a folder with a name of its own beside one that is to be written.

    Raises:
        InputError: there is something in the folder, or nothing can be written there.
    """
    half = folder.parent / f".viz-{secrets.token_hex(8)}.half"
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        if not there.is_dir():
            raise InputError(f"cannot write to {folder}: {there} is a file; give an example a folder of its own")
        if there == folder and any(folder.iterdir()):
            raise InputError(f"{folder} has files in it; give an example a folder of its own")
        half.parent.mkdir(parents=True, exist_ok=True)
        half.mkdir()
    except OSError as fault:
        raise InputError(f"cannot write to {folder}: {system_words(fault)}; choose another folder") from fault
    return half


def _write_all(folder: Path, scenes: Scenes, progress: Progress) -> None:
    tables = _Tables([_COLUMNS], [("sound", "cluster", "heard")], Counter(), defaultdict(float))
    for index in range(len(scenes)):
        name, scene, seed = scenes.file(index).rpartition("/")[2], scenes.scene(index), scenes.number(index)
        tables.index.append(_pictures(folder / IMAGES, name, scene, tables))
        tables.heard.append(_sound(folder / SOUNDS, name, scene, seed))
        save_bytes("".join(f"{line}\n" for line in captions(scene, seed)).encode(), folder / CAPTIONS / f"{name}.txt")
        progress(index + 1, len(scenes))
    _table(folder / "index.csv", tables.index)
    _table(folder / HEARD, tables.heard)
    _table(folder / "category.csv", [("name",), *((category,) for category in CATEGORIES)])
    seen = [item for item in CONCEPTS if item.number in tables.pictures]
    labels = ((item.number, item.name, f"{item.category}({tables.pictures[item.number]})") for item in seen)
    _table(folder / "label.csv", [("number", "name", "category"), *labels])
    for category in CATEGORIES:
        rows = [
            (code, item.number, item.name, tables.pictures[item.number], f"{tables.covers[item.number]:.6f}")
            for code, item in enumerate(item for item in seen if item.category == category)
        ]
        _table(folder / f"c_{category}.csv", [("code", "number", "name", "frequency", "coverage"), *rows])


def _pictures(folder: Path, name: str, scene: Scene, tables: _Tables) -> Sequence[object]:
    """Write a scene's picture and label maps, count what they show, and give its line of the index."""
    save_png(Image.fromarray(scene.image), folder / f"{name}.png")
    cells: list[str] = []
    for category in CATEGORIES:
        maps = scene.labels[category]
        if category == "scene":
            cells.append(str(maps[0].flat[0]))
        else:
            files = [f"{name}_{category}{f'_{place + 1}' if place else ''}.png" for place in range(len(maps))]
            for file, labels in zip(files, maps, strict=True):
                save_png(_map(labels), folder / file)
            cells.append(";".join(files))
        numbers, counts = np.unique(np.stack(maps), return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            if number:
                tables.pictures[number] += 1
                tables.covers[number] += count / maps[0].size
    high, wide = scene.image.shape[:2]
    return (f"{name}.png", "train", high, wide, high, wide, *cells)


def _map(labels: NDArray[np.int16]) -> Image.Image:
    """A label map with a palette: the red of each colour is its number, the blue makes neighbours differ."""
    picture = Image.fromarray(labels.astype(np.uint8), "P")
    picture.putpalette([channel for number in range(256) for channel in (number, 0, number * 97 % 256)])
    return picture


def _sound(folder: Path, name: str, scene: Scene, seed: int) -> Sequence[object]:
    """Write a scene's sound, and give its line of the table of what is heard."""
    heard = soundtrack(scene, seed)
    coded = io.BytesIO()
    with wave.open(coded, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(_FULL * heard).astype("<i2").tobytes())
    save_bytes(coded.getvalue(), folder / f"{name}.wav")
    loud = sorted(amplitudes(scene).items(), key=lambda item: -item[1])
    said = ";".join(f"{thing} {20 * np.log10(amplitude):.0f} dB" for thing, amplitude in loud)
    return f"{name}.wav", shipped().of(texture(heard)), said


def _table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    save_bytes(text.getvalue().encode(), path)
