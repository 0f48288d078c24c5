"""Scenes to train on: rendered once, kept on disk, shared by everything that is trained on them."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

import visualize.scenes
from visualize.download.cache import cache_folder
from visualize.scenes import Scenes
from visualize.scenes.captions import captions, tokens
from visualize.scenes.sound import shipped, soundtrack, texture

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIZE = 128
SENTENCES = 5
"""Captions of a scene."""

Job = tuple[str, int, int, int]  # split, seed, how many scenes, and the number of one
Answer = TypeVar("Answer")


class Told(NamedTuple):
    """What goes with the pictures of a set.

    Args:
        sounds: N, the cluster that each scene's sound is in.
        sentences: N x 5 x 14, the numbers of the words of its captions.
    """

    sounds: Tensor
    sentences: Tensor


@dataclass(frozen=True)
class SceneSet:
    """A set of scenes by what decides its pictures.

    Args:
        split: one of :data:`visualize.scenes.scenes.SPLITS`.
        count: how many scenes, all kinds in turn.
        seed: which ones.

    Example:
        >>> SceneSet("held-out", 12, 1).pictures(workers=1, folder=None).shape
        torch.Size([12, 3, 128, 128])
    """

    split: str
    count: int
    seed: int

    @property
    def file(self) -> str:
        """The name that the pictures are kept under; it changes with the program that draws them."""
        return f"{self.split}-{self.seed}-{self.count}x{SIZE}-{_renderer()}.npy"

    def pictures(self, *, workers: int = 2, folder: Path | None) -> Tensor:
        """All pictures of the set.

        Args:
            workers: processes that draw.
            folder: where they are kept; None keeps them in memory alone.

        Returns:
            N x 3 x 128 x 128, RGB, uint8.
        """
        path = None if folder is None else folder / self.file
        if path is None or not path.is_file():
            drawn = np.stack(self._each(_draw, workers))
            if path is None:
                return _planes(drawn)
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f".{os.getpid()}-{path.name}")
            np.save(half, drawn)
            half.replace(path)
        return _planes(np.load(path))

    def told(self, *, workers: int = 2, folder: Path | None) -> Told:
        """Sounds and captions of the set, drawn and kept as the pictures are."""
        path = None if folder is None else folder / self.file.replace(".npy", "-told.npz")
        if path is None or not path.is_file():
            sounds, sentences = zip(*self._each(_tell, workers), strict=True)
            if path is None:
                return Told(torch.tensor(sounds), torch.from_numpy(np.stack(sentences)))
            half = path.with_name(f".{os.getpid()}-{path.name}")
            np.savez(half, sounds=np.array(sounds), sentences=np.stack(sentences))
            half.replace(path)
        with np.load(path) as file:
            return Told(torch.from_numpy(file["sounds"]), torch.from_numpy(file["sentences"]))

    def _each(self, ask: Callable[[Job], Answer], workers: int) -> list[Answer]:
        jobs = [(self.split, self.seed, self.count, index) for index in range(self.count)]
        if workers == 1:
            return [ask(job) for job in jobs]
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            return pool.map(ask, jobs, chunksize=32)


def kept_scenes() -> Path:
    """The folder that rendered scenes are kept in unless another one is named."""
    return cache_folder() / "training-scenes"


def _draw(job: Job) -> NDArray[np.uint8]:
    split, seed, count, index = job
    return Scenes(count, seed, SIZE, split).scene(index).image


def _tell(job: Job) -> tuple[int, NDArray[np.int64]]:
    """The number of a scene's sound, and the words of its captions."""
    split, seed, count, index = job
    scenes = Scenes(count, seed, SIZE, split)
    scene, number = scenes.scene(index), scenes.number(index)
    sound = int(shipped().of(texture(soundtrack(scene, number))))
    return sound, np.stack([tokens(sentence) for sentence in captions(scene, number, SENTENCES)])


def _planes(pictures: NDArray[np.uint8]) -> Tensor:
    """N x H x W x 3 to N x 3 x H x W; in memory as it was, which convolutions like best."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def _renderer() -> str:
    """Ten letters that stand for the sources that draw scenes."""
    folder = Path(visualize.scenes.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
