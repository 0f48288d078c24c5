"""A weights file is read by the format that it shows, whatever reader is asked for."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from tests.visualize.models.readers.kit import refused
from visualize.methods.errors import InputError
from visualize.models.readers import read

if TYPE_CHECKING:
    from pathlib import Path


def test_safetensors_are_known_by_their_content(tmp_path: Path) -> None:
    save_file({"a": torch.arange(3.0)}, tmp_path / "net.pth")
    assert read(tmp_path / "net.pth", "places-squeezenet")["a"].tolist() == [0, 1, 2]


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.pt", "torch", "no weights file")
    refused(tmp_path, "torch", "it is a folder")


def test_old_checkpoints_of_torch_are_known_by_their_magic(tmp_path: Path) -> None:
    torch.save({"state_dict": {"a": torch.ones(2)}}, tmp_path / "net.tar", _use_new_zipfile_serialization=False)
    assert torch.equal(read(tmp_path / "net.tar", "caffe")["a"], torch.ones(2))


STATE = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(2, 2)).state_dict()


ARRAYS = {name: value.numpy() for name, value in STATE.items()}


def test_no_byte_that_is_changed_crashes_a_reader(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    buffers = {"net.pth": io.BytesIO(), "old.pth": io.BytesIO(), "net.npz": io.BytesIO()}
    torch.save(STATE, buffers["net.pth"])
    torch.save(STATE, buffers["old.pth"], _use_new_zipfile_serialization=False)
    np.savez(buffers["net.npz"], **ARRAYS)
    for name, buffer in buffers.items():
        for _ in range(200):
            data = bytearray(buffer.getvalue())
            for place in rng.integers(0, len(data), 5):
                data[place] = rng.choice([0, 127, 128, 255])
            (tmp_path / name).write_bytes(data)
            with contextlib.suppress(InputError):
                read(tmp_path / name, "torch")
