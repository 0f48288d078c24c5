"""Files that make a folder when code of theirs runs: what must never run is shown by the folder that is not there."""

from __future__ import annotations

import os
import pickle
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Makes:
    """Pickles as a call that makes the folder."""

    def __init__(self, mark: Path) -> None:
        self._mark = str(mark)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (self._mark,)


class Writes(nn.Module):
    """Writes a file when TorchScript loads it."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.mark = mark
        self.bytes = torch.zeros(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

    @torch.jit.export
    def __getstate__(self) -> tuple[str, bool]:
        return self.mark, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, bool]) -> None:
        self.mark = state[0]
        self.training = state[1]
        self.bytes = torch.from_file(state[0], True, 8, dtype=torch.uint8).fill_(65)


def torchscript(path: Path, mark: Path) -> Path:
    """A network that ``torch.jit.save`` wrote, and that writes the mark as it is loaded."""
    network = nn.Sequential(nn.Conv2d(3, 4, 3), Writes(str(mark)))
    torch.jit.save(torch.jit.script(network), str(path))
    return path


def function(path: Path, mark: Path) -> Path:
    """A Python file whose ``build`` gives a network, and that makes the mark as it is run."""
    path.write_text(
        f"import os, torch\nos.makedirs({str(mark)!r}, exist_ok=True)\n\ndef build():\n"
        f"    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))\n"
    )
    return path


def repository(hub: Path, mark: Path) -> None:
    """A repository that torch.hub has downloaded already: ``hub/owner/repo@main:build``."""
    folder = hub / "hub" / "owner_repo_main"
    folder.mkdir(parents=True)
    function(folder / "hubconf.py", mark)


def pickles(folder: Path, mark: Path) -> dict[str, Path]:
    """Files of weights in every format that can hold a pickle, each of which would make the mark."""
    files = {
        name: folder / name for name in ("zip.pth", "old.pth", "plain.pkl", "object.npy", "object.npz", "x.params")
    }
    held = {"state_dict": _Makes(mark), "0.weight": torch.zeros(2)}
    torch.save(held, files["zip.pth"])
    torch.save(held, files["old.pth"], _use_new_zipfile_serialization=False)
    for name in ("plain.pkl", "x.params"):
        files[name].write_bytes(pickle.dumps(_Makes(mark), protocol=2))
    objects = np.empty(1, object)
    objects[0] = _Makes(mark)
    np.save(files["object.npy"], objects, allow_pickle=True)
    np.savez(files["object.npz"], weights=objects)
    return files


def exported(path: Path, mark: Path) -> Path:
    """An archive as ``torch.export`` writes it, with a pickle where its weights are."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/archive_format", "pt2")
        archive.writestr("net/data.pkl", pickle.dumps(_Makes(mark), protocol=2))
        archive.writestr("net/data/weights/model.pt", pickle.dumps(_Makes(mark), protocol=2))
    return path
