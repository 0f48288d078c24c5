"""Folders with a tiny network and pictures for it, for tests that run commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

import visualize
from tests.visualize.cli.kit import TINY
from tests.visualize.data.made_sets import coded, table
from visualize.data import open_images

if TYPE_CHECKING:
    from pathlib import Path

COLOURS = {"a/green": (0, 255, 0), "b/red": (255, 0, 0), "c/blue": (0, 0, 255)}


def of_colours(root: Path) -> Path:
    """A network of three colours, three pictures of one colour each, and an empty folder."""
    (root / "tiny.py").write_text(TINY)
    for name, colour in COLOURS.items():
        (root / "pictures" / name).parent.mkdir(parents=True)
        Image.new("RGB", (20, 20), colour).save(root / f"pictures/{name}.png")
    (root / "empty").mkdir()
    return root


def of_scenes(root: Path) -> Path:
    """A tiny network, three scenes, and a file that is no picture."""
    (root / "tiny.py").write_text(TINY)
    (root / "scenes").mkdir()
    scenes = open_images("scenes", count=3)
    preparation = visualize.load("scenes-alexnet").prepare
    for index in range(3):
        Image.fromarray(scenes.load(index, preparation)).save(root / f"scenes/{index}.png")
    (root / "text.jpg").write_text("this is a text")
    return root


def of_labels(root: Path, pictures: int = 12) -> Path:
    """A network of three colours, and pictures whose red, green and blue halves are labelled as what they are.

    Red is an "apple", green a "leaf" and blue the "sky"; grey is not labelled. Every picture has one colour in its left
    or in its right half.
    """
    (root / "tiny.py").write_text(TINY)
    shade = 3 * np.arange(16)[:, None] + np.arange(8)
    rows: list[list[object]] = [["image", "split", "ih", "iw", "sh", "sw", "object"]]
    for number in range(pictures):
        picture, labels = np.full((16, 16, 3), 60, np.uint8), np.zeros((8, 8), np.int32)
        side = slice(0, 8) if number % 2 else slice(8, 16)
        picture[:, side] = 0
        picture[:, side, number % 3] = 250 - number - shade  # few ties
        labels[:, slice(0, 4) if number % 2 else slice(4, 8)] = number % 3 + 1
        (root / "set" / "images").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(root / f"set/images/{number}.png")
        coded(root / f"set/images/{number}_object.png", labels)
        rows.append([f"{number}.png", "train", 16, 16, 8, 8, f"{number}_object.png"])
    table(root / "set/index.csv", rows)
    names = ("apple", "leaf", "sky")
    table(root / "set/category.csv", [["name", "first", "last", "count", "frequency"], ["object", 1, 3, 3, 12]])
    label = [[number, name, "object(4)", 4, 2.0, ""] for number, name in enumerate(names, 1)]
    table(root / "set/label.csv", [["number", "name", "category", "frequency", "coverage", "syns"], *label])
    code = [[number, number, name, 4, 2.0] for number, name in enumerate(names, 1)]
    table(root / "set/c_object.csv", [["code", "number", "name", "frequency", "coverage"], *code])
    return root


def dissecting(root: Path, *more: str | Path) -> list[str | Path]:
    """Arguments that dissect the layer ``relu`` of :func:`of_labels`."""
    model = ["--model", f"{root}/tiny.py:tiny", "--layer", "relu", "--device", "cpu"]
    return ["dissect", *model, "--data", root / "set", "--quantile", "0.1", *more]
