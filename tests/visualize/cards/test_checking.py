"""The check of a unit's explanations in one call: the method's own numbers."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from torch import nn

from visualize.cards.checking import check
from visualize.methods import Preparation, Probe, Stack
from visualize.methods.errors import InputError
from visualize.methods.sanity.method import Sanity


def test_a_call_gives_the_method_s_numbers() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus(), nn.Conv2d(4, 2, 3), nn.Softplus())
    probe = Probe(network, prepare=Preparation((16, 16)))
    photographs = Stack(list(np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)))
    card = check(probe, "3", 1, images=photographs, count=1, cascade=1, levels=2, steps=0, cache=False)
    (result,) = Sanity(count=1, cascade=1, levels=2, steps=0)(probe, probe.unit("3:1"), photographs)
    assert card.result.facts() == result.facts()


def test_the_signature_spells_every_keyword_out_and_others_are_refused() -> None:
    shown = inspect.signature(check).parameters
    assert {name: shown[name].default for name in ("count", "cascade", "levels", "steps")} == {
        "count": 3, "cascade": 6, "levels": 16, "steps": 64,
    }  # fmt: skip
    assert set(shown) >= {"batch", "image", "images", "seed", "device", "weights", "size", "classes", "cache"}
    with pytest.raises(InputError, match="check takes no 'methods'"):
        check("scenes-alexnet", methods=["top"])
    with pytest.raises(InputError, match="levels"):
        check("random/scenes-alexnet", levels=0)
