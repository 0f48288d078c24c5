"""Checks of maps: of which kinds, where pictures are compared, and what is left out."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.sanity.checks import RANDOM, between, explainers
from visualize.methods.sanity.method import Sanity
from visualize.methods.sanity.result import SanityResult
from visualize.methods.unit import Unit


def test_without_any_rectifier_all_gradients_are_one() -> None:
    network = seeded(nn.Sequential(nn.Conv2d(3, 4, 5, padding=2), nn.Conv2d(4, 3, 5, padding=2))).double()
    (result,) = Sanity(steps=0)(Probe(network, prepare=Preparation(SIZE)), Unit("1", 2), Stack(arrays(3, SIZE)))
    assert isinstance(result, SanityResult)
    by_name = {check.name: check for check in result.checks}
    assert by_name["guided"].correlations == pytest.approx(by_name["gradient"].correlations)
    assert by_name["deconv"].deletion == pytest.approx(by_name["SmoothGrad"].deletion)
    assert by_name[RANDOM].correlations == ()


def test_maps_of_different_pictures_are_compared_where_they_show_the_same_part_of_the_field() -> None:
    field = torch.rand(3, 12, 14, generator=torch.Generator().manual_seed(0))
    cut = [field[:, 4:], field[:, :, :9], field[:, 2:11, 5:]]
    assert between(cut, [(4, 0), (0, 0), (2, 5)]) == pytest.approx(1)
    assert between([field[:, :3], field[:, 6:]], [(0, 0), (6, 0)]) is None
    other = torch.rand(3, 12, 14, generator=torch.Generator().manual_seed(1))
    wanted = spearmanr(field.amax(0).flatten().numpy(), other.amax(0).flatten().numpy()).statistic
    assert between([field, other], [(0, 0), (0, 0)]) == pytest.approx(wanted, abs=1e-12)


def test_a_third_partys_maps_are_checked_and_a_broken_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Middle:
        def attribute(self, *given: object) -> Tensor:
            pictures = given[1]
            assert isinstance(pictures, Tensor)
            rows = torch.linspace(-1, 1, pictures.shape[2])[:, None].abs()
            return (2 - rows).expand(len(pictures), 3, *pictures.shape[2:])

    class Broken:
        def attribute(self, *_: object) -> Tensor:
            raise InputError("it is out of order")

    monkeypatch.setattr(
        "visualize.methods.sanity.checks.explainers", lambda *_: {"middle": Middle(), "broken": Broken()}
    )
    probe = Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    (result,) = Sanity(steps=0)(probe, Unit("deep", 1), Stack(arrays(3, SIZE)))
    assert isinstance(result, SanityResult)
    assert [check.name for check in result.checks] == ["middle", RANDOM]
    assert result.checks[0].correlations == pytest.approx([1] * len(result.cascade))  # it never looked at the network
    assert "broken is left out: it is out of order" in result.notes


def test_every_method_that_attributes_is_an_explainer_and_no_other() -> None:
    kinds = explainers(0, 8)
    assert set(kinds) >= {"gradient", "gradient x input", "integrated", "SmoothGrad", "deconv", "guided"}
    assert not set(kinds) & {"check", "invert", "dream", "top", "ascent", "saliency"}
