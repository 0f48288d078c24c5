"""Dreams of many pictures: in tiles, of sleeping units, of networks of one size, and in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.checkout import ROOT
from tests.kit.networks import SIZE, dead_unit
from tests.kit.pictures import arrays
from tests.kit.shared import shared
from tests.methods.dream.dreams import classifier, dream
from visualize.methods.dream.method import DeepDream
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from visualize.methods.dream.result import DreamResult


def test_a_dream_in_tiles_is_the_dream_of_the_whole_and_shows_no_seams() -> None:
    probe = classifier()
    images = Stack([np.full((300, 200, 3), 128, np.uint8)])
    settings: dict[str, Any] = {"size": "own", "steps": 4, "octaves": 2, "of": "layer", "start": "photograph"}
    whole = dream(DeepDream(**settings), probe, Unit("deep", 1), images)
    tiled = dream(DeepDream(**settings, tile=128), probe, Unit("deep", 1), images)
    torch.testing.assert_close(tiled.pictures[0], whole.pictures[0], rtol=0, atol=1e-5)
    assert tiled.before == pytest.approx(whole.before, rel=0.05)


def test_a_unit_that_is_off_dreams_through_leaking_rectifiers() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    dark = Stack([np.full((8, 8, 3), 90, np.uint8)])
    result = dream(DeepDream(steps=60, rate=0.02), probe, Unit("relu", 1), dark)
    assert result.before == (0.0,)
    assert result.after[0] > 0.3  # the best there is: 3 - 2.5
    assert "as if they leaked" in result.notes[0]


def test_what_cannot_be_changed_is_said() -> None:
    conv = nn.Conv2d(3, 2, 3)
    with torch.no_grad():
        conv.weight[0] = 0
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    result = dream(DeepDream(steps=2), probe, Unit("0", 0), Stack(arrays(2, (8, 8))))
    assert result.notes == ("2 of 2 pictures could not be changed: no gradient leads back to them",)
    assert result._repr_png_().startswith(b"\x89PNG")


class _Strict(nn.Module):
    """Takes pictures of one size alone, as many transformers do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        assert x.shape[2:] == (96, 96), "wrong image size"
        maps: Tensor = self.conv(x)
        return maps


def test_a_network_of_one_size_is_dreamed_of_without_octaves() -> None:
    probe = Probe(_Strict(), prepare=Preparation((96, 96)))
    photographs = Stack(arrays(1, (96, 96)))
    result = dream(DeepDream(steps=2), probe, Unit("conv", 0), photographs)
    assert "takes no smaller pictures than 96 x 96" in result.notes[0]
    alone = dream(DeepDream(steps=2, octaves=1), probe, Unit("conv", 0), photographs)
    assert torch.equal(result.pictures[0], alone.pictures[0])
    assert alone.notes == ()
    with pytest.raises(InputError, match="does not run on pictures of"):
        dream(DeepDream(steps=2, size=(100, 96)), probe, Unit("conv", 0), photographs)


def test_a_picture_is_dreamed_of_once_for_all_units_of_a_layer() -> None:
    several = DeepDream(of="layer", steps=1)(classifier(), classifier().units("deep"), Stack(arrays(2, SIZE)))
    first, last = (cast("DreamResult", several[place]) for place in (0, -1))
    assert first.pictures[0] is last.pictures[0]


_LARGE = """
import numpy as np, torch
torch.set_num_threads(1)
import visualize
from visualize.methods import Stack, Unit
from visualize.methods.dream.method import DeepDream
from tests.kit.memory import peak
probe = visualize.load("places-squeezenet")
photograph = np.random.default_rng(0).integers(0, 256, (1850, 2200, 3), dtype=np.uint8)
(found,) = DeepDream(size="own", octaves=1, steps=1)(probe, Unit("fire2", 3), Stack([photograph]))
assert found.pictures[0].shape == (3, 1850, 2200), found.pictures[0].shape
print(peak())
"""


def test_four_megapixels_stay_under_two_gigabytes() -> None:
    """The peak of a process of its own, libraries and weights included; the early layers are those that take memory."""
    environment = os.environ | {"VIZ_MIRROR": str(shared("weights")), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _LARGE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2e9
