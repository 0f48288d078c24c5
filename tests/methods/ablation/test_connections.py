from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from tests.kit.networks import seeded
from tests.kit.pictures import pixels_of
from tests.kit.plain_hooks import seen_by
from visualize.methods import Connections, ConnectionsResult, InputError, Preparation, Probe, Stack, Unit
from visualize.methods.drawing import palette
from visualize.methods.result import UnitName

if TYPE_CHECKING:
    from visualize.methods.ablation.connections import Connection

_SIZE = (12, 14)
_PICTURES = Stack(list(np.random.default_rng(1).integers(0, 256, (5, *_SIZE, 3), dtype=np.uint8)))


class _Fire(nn.Module):
    """Branches side by side, a batch norm behind each convolution, groups, and a linear layer behind flattening."""

    def __init__(self) -> None:
        super().__init__()
        self.squeeze = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU())
        self.left = nn.Sequential(nn.Conv2d(4, 3, 1), nn.BatchNorm2d(3), nn.ReLU())
        self.right = nn.Sequential(nn.Conv2d(4, 5, 3, padding=1), nn.BatchNorm2d(5), nn.LeakyReLU(0.5))
        self.mix = nn.Sequential(nn.Conv2d(8, 6, 1, groups=2, bias=False), nn.BatchNorm2d(6), nn.ReLU())
        self.pool = nn.MaxPool2d(4)
        self.fc = nn.Linear(6 * 3 * 3, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze(x)
        x = torch.cat([self.left(x), self.right(x)], 1)
        logits: Tensor = self.fc(torch.flatten(self.pool(self.mix(x)), 1))
        return logits


def _probe() -> tuple[_Fire, Probe]:
    network = seeded(_Fire()).eval()
    return network, Probe(network, prepare=Preparation(_SIZE))


def _looked(layer: str, unit: int, count: int = 99) -> ConnectionsResult:
    (result,) = Connections(count=count)(_probe()[1], Unit(layer, unit), _PICTURES)
    assert isinstance(result, ConnectionsResult)
    return result


def _means(name: str) -> Tensor:
    """Mean of each channel of a module's output over pictures and places, by plain hooks."""
    network, probe = _probe()
    inputs = probe.prepared(torch.from_numpy(np.stack(_PICTURES.pictures)).permute(0, 3, 1, 2).float() / 255)
    with torch.no_grad():
        return seen_by(network, (name,), inputs)[name].double().mean((0, 2, 3))


def _fused(part: nn.Module) -> Tensor:
    assert isinstance(part, nn.Sequential)
    conv, norm = part[0], part[1]
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(conv, norm).weight.detach().double()


def _strengths(ends: tuple[Connection, ...]) -> list[float]:
    return [end.strength for end in sorted(ends, key=lambda end: end.unit)]


def test_what_feeds_a_unit_is_the_fused_weight_times_the_mean_and_branches_are_told_apart() -> None:
    network, _ = _probe()
    means = _means("squeeze")
    wanted = (_fused(network.right)[2].sum((1, 2)) * means).tolist()
    result = _looked("right", 2)
    assert _strengths(result.into) == pytest.approx(wanted, rel=1e-5)
    assert {end.layer for end in result.into} == {"squeeze"}
    assert "squeeze.0" in result.into[0].layers
    sizes = [abs(end.strength) for end in result.into]
    assert sizes == sorted(sizes, reverse=True)
    assert [end.share for end in result.into] == pytest.approx([size / sum(sizes) for size in sizes])


def test_a_convolution_s_own_units_are_not_scaled_by_the_norm_behind_it() -> None:
    network, _ = _probe()
    conv = network.right[0]
    assert isinstance(conv, nn.Conv2d)
    wanted = (conv.weight[2].detach().double().sum((1, 2)) * _means("squeeze")).tolist()
    assert _strengths(_looked("right.0", 2).into) == pytest.approx(wanted, rel=1e-5)


def test_a_unit_feeds_both_branches_and_stays_in_its_group() -> None:
    network, _ = _probe()
    result = _looked("squeeze", 1)
    mean = _means("squeeze")[1]
    for name in ("left", "right"):
        wanted = (_fused(getattr(network, name))[:, 1].sum((1, 2)) * mean).tolist()
        ends = tuple(end for end in result.out if end.layer == name)
        assert _strengths(ends) == pytest.approx(wanted, rel=1e-5)
    grouped = _looked("mix", 4)  # of the second group, which takes channels 4 to 7: all of the right branch
    assert sorted(end.unit for end in grouped.into) == [4, 5, 6, 7]


def test_places_that_are_flattened_are_weighted_one_by_one() -> None:
    network, probe = _probe()
    inputs = probe.prepared(torch.from_numpy(np.stack(_PICTURES.pictures)).permute(0, 3, 1, 2).float() / 255)
    with torch.no_grad():
        pooled = seen_by(network, ("pool",), inputs)["pool"].double().mean(0)
    weight = network.fc.weight.detach().double().view(4, 6, 3, 3)
    out = _looked("mix", 5).out
    assert _strengths(out) == pytest.approx((weight[:, 5] * pooled[5]).sum((1, 2)).tolist(), rel=1e-5)
    into = _looked("fc", 2).into
    assert _strengths(into) == pytest.approx((weight[2] * pooled).sum((1, 2)).tolist(), rel=1e-5)
    assert [end.layer for end in into] == ["mix"] * 6


def test_the_picture_s_colours_feed_the_first_layer() -> None:
    result = _looked("squeeze", 0)
    assert sorted(end.name for end in result.into) == ["blue", "green", "red"]


def test_ends_are_named_by_any_name_of_their_layer() -> None:
    result = _looked("right", 2)

    def name(unit: Unit) -> UnitName | None:
        iou = 0.2 if unit == Unit("squeeze.2", 1) else 0.01
        return UnitName(label="sky", category="object", iou=iou, cut=0.04) if unit.layer == "squeeze.2" else None

    named = {end.unit: end.name for end in result.named_ends(name).into}
    assert named == {0: "", 1: "sky", 2: "", 3: ""}


def test_a_layer_between_neither_is_refused_and_one_side_alone_is_noted() -> None:
    class Shortcut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.relu, self.norm = nn.Conv2d(3, 3, 1), nn.ReLU(), nn.GroupNorm(1, 3)

        def forward(self, x: Tensor) -> Tensor:
            both: Tensor = self.norm(self.relu(self.conv(x) + x))
            return both

    probe = Probe(seeded(Shortcut()), prepare=Preparation(_SIZE))
    with pytest.raises(InputError, match="relu is not told: it comes out of the operation add"):
        Connections()(probe, Unit("relu", 1), _PICTURES)
    (result,) = Connections()(probe, Unit("conv", 1), _PICTURES)
    assert isinstance(result, ConnectionsResult)
    assert (len(result.into), result.out) == (3, ())
    assert "what conv feeds is not told" in result.notes[0]


def test_classes_are_called_by_their_names_and_the_output_feeds_no_layer() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 4))
    probe = Probe(network, prepare=Preparation(_SIZE), classes=["ash", "birch", "cedar", "elm"])
    (cedar,) = Connections()(probe, Unit("4", 2), _PICTURES)
    (inner,) = Connections()(probe, Unit("1", 2), _PICTURES)
    assert isinstance(cedar, ConnectionsResult)
    assert isinstance(inner, ConnectionsResult)
    assert (cedar.class_name, inner.class_name) == (
        "cedar",
        "",
    )  # though layer 1 has as many units as there are classes
    assert {end.name for end in cedar.into} == {""}
    assert {end.unit: end.name for end in inner.out} == dict(enumerate(probe.classes))
    assert cedar.notes == ("layer 4 is the network's output: no layer comes after it that its units could feed",)
    plain = replace(cedar, class_name="").panels()[0].picture
    assert pixels_of(cedar.panels()[0].picture, palette.INK) > pixels_of(plain, palette.INK)  # a box of two lines


def test_a_network_without_a_graph_is_refused() -> None:
    class Deciding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.deep = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            return self.deep(x) if x.sum() > -1e9 else x

    with pytest.raises(InputError, match="cannot be followed"):
        Connections()(Probe(Deciding(), prepare=Preparation(_SIZE)), Unit("conv", 1), _PICTURES)
