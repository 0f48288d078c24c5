from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.visualize.dissection.made import COUNT, contents, dissected, held, probe
from visualize.dissection.shard import Part
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from visualize.methods.network.probe import Probe


def _activations(network: Probe, first: int, last: int) -> Tensor:
    """Units x positions of the layer ``deep``, by a plain run of the network."""
    images = torch.from_numpy(np.stack([held().load(index, network.prepare) for index in range(first, last)]))
    scaled = images.permute(0, 3, 1, 2).float() / 255 - torch.tensor(network.prepare.mean)[:, None, None]
    scaled = scaled / torch.tensor(network.prepare.std)[:, None, None]
    layers = dict(network.network.eval().named_modules())
    with torch.no_grad():
        maps: Tensor = layers["deep"](layers["relu"](layers["norm"](layers["conv"](scaled))))
    return maps.transpose(0, 1).flatten(1)


def test_a_part_keeps_the_largest_activations_and_peaks_of_its_pictures(tmp_path: Path) -> None:
    dissected(tmp_path, (2, 2))
    part = Part.at(tmp_path)
    summary, top = part.summary(), part.top("deep")
    assert (summary.scanned, summary.broken, summary.chunks) == (COUNT // 2, [], -(-(COUNT // 2) // 8))
    assert top is not None
    values = _activations(probe(), COUNT // 2, COUNT)
    largest = values.sort(1, descending=True).values[:, : top.shape[1]]
    np.testing.assert_allclose(np.sort(top, 1)[:, ::-1], largest, rtol=1e-5, atol=1e-6)
    peaks = values.reshape(8, COUNT // 2, -1).amax(2).sort(1, descending=True).values[:, :9]
    np.testing.assert_allclose(summary.peaks["deep"].values, peaks, rtol=1e-5, atol=1e-6)


def test_what_is_kept_of_maps_can_be_dropped_and_the_rest_stays(tmp_path: Path) -> None:
    dissected(tmp_path, (1, 2))
    before = contents(tmp_path)
    part = Part.at(tmp_path)
    part.drop()
    assert {name for name in before if "chunk-" not in name} == set(contents(tmp_path)) != set(before)
    assert part.begun
    assert part.scanned


def test_a_folder_without_a_finished_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no part of a dissection"):
        Part.at(tmp_path)
    dissected(tmp_path, (1, 2))
    (tmp_path / "partial/summary.npz").unlink()
    with pytest.raises(InputError, match=r"shard 1/2 in .* is not finished"):
        Part.at(tmp_path)
