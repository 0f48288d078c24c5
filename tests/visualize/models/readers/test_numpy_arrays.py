"""numpy's files: named arrays are read, single arrays and pickled objects are not."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from tests.visualize.models.readers.kit import refused
from visualize.models import load
from visualize.models.readers import read
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from pathlib import Path


STATE = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(2, 2)).state_dict()


ARRAYS = {name: value.numpy() for name, value in STATE.items()}


def test_npz_is_read_by_name(tmp_path: Path) -> None:
    arrays = {"a.weight": np.ones((2, 3), np.float32), "a.bias": np.arange(2.0), "count": np.array(7)}
    np.savez(tmp_path / "net.npz", **arrays)  # type: ignore[arg-type]  # names are no options of it
    state = read(tmp_path / "net.npz", "torch")
    assert {name: value.tolist() for name, value in state.items()} == {n: v.tolist() for n, v in arrays.items()}
    assert state["count"].shape == ()


def test_files_without_named_numbers_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "single.npy", np.ones((2, 3), np.float32))
    refused(tmp_path / "single.npy", "torch", "one array of shape (2, 3) without a name")
    np.savez(tmp_path / "pickled.npz", a=np.array([None], dtype=object))
    refused(tmp_path / "pickled.npz", "torch", "plain arrays")
    np.savez(tmp_path / "text.npz", a=np.array(["text"]))
    refused(tmp_path / "text.npz", "torch", "expected numbers")
    np.savez(tmp_path / "net.npz", a=np.ones(300))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "net.npz").read_bytes()[:200])
    refused(tmp_path / "cut.npz", "torch", "is damaged")


def test_a_pickled_dictionary_of_arrays_says_how_to_convert_it(tmp_path: Path) -> None:
    np.save(tmp_path / "it's.npy", np.array(ARRAYS, dtype=object), allow_pickle=True)
    command = refused(tmp_path / "it's.npy", "torch", "pickled objects").partition("convert it: ")[2]
    subprocess.run(["bash", "-c", command.replace("python", sys.executable, 1)], cwd=tmp_path, check=True)
    state = read(tmp_path / "weights.npz", "torch")
    assert all(torch.equal(state[key], value) for key, value in STATE.items())


def test_a_user_s_network_takes_npz(tmp_path: Path) -> None:
    wanted = {name: value.numpy() for name, value in network("squeezenet1_1", num_classes=3).state_dict().items()}
    np.savez(tmp_path / "net.npz", **wanted)
    state = load("torchvision/squeezenet1_1:none", weights=tmp_path / "net.npz").network.state_dict()
    assert all(np.array_equal(state[name], value) for name, value in wanted.items())
