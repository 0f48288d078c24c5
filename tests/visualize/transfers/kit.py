"""Small tasks and a small network, which take no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import nn

from visualize.methods import Preparation, Probe, Stack
from visualize.transfers.labelling import Labelling

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

COLOURS = {"red": (200, 60, 60), "green": (60, 200, 60), "blue": (60, 60, 200)}


def coloured(count: int, seed: int = 0) -> tuple[list[NDArray[np.uint8]], NDArray[np.int64]]:
    """Noisy pictures of three colours, and the number of each one's colour."""
    generator = np.random.default_rng(seed)
    names = np.arange(count) % len(COLOURS)
    colours = np.array(list(COLOURS.values()))
    noise = generator.integers(-50, 51, (count, 16, 16, 3))
    return list((colours[names][:, None, None] + noise).clip(0, 255).astype(np.uint8)), names


def colour_task(count: int = 60, *, several: bool = False) -> Labelling:
    """Pictures of three colours, to be told apart by it."""
    held, names = coloured(count)
    labels = np.eye(len(COLOURS), dtype=np.int8)[names]
    return Labelling(Stack(held, "colours"), tuple(COLOURS), labels, several=several)


def save_classes(folder: Path, count: int, *parts: str) -> Path:
    """Class folders of such pictures, in folders of the parts if there are some."""
    held, names = coloured(count)
    for number, (picture, name) in enumerate(zip(held, names, strict=True)):
        part = parts[number // 3 % len(parts)] if parts else ""
        place = folder / part / list(COLOURS)[name] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place)
    return folder


def small_network(seed: int = 0) -> nn.Sequential:
    """Two convolutions and a linear layer, with random weights."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(), nn.Conv2d(6, 10, 3), nn.ReLU(), nn.Flatten(), nn.Linear(250, 5)
    )


def small_probe(seed: int = 0) -> Probe:
    """A probe of it for pictures of 16 x 16."""
    return Probe(small_network(seed), prepare=Preparation((16, 16)))
