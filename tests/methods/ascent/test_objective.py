"""Objective of ascent against plain loops in numpy's float64."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from visualize.methods.ascent.objective import Objective, likeness
from visualize.methods.errors import UnitError
from visualize.methods.unit import Sum, Target, Unit, parts

CPU = torch.device("cpu")
_TARGETS: tuple[Target, ...] = (
    Unit("a", 2),
    Unit("a", 0, (1, 3)),
    Sum((Unit("a", 1), Unit("b", 3), Unit("b", 3))),
    Sum((Unit("b", 0, (0, 1)), Unit("a", 4))),
)


def _maps(count: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    rows = len(_TARGETS) * count
    return {
        "a": torch.randn(rows, 5, 4, 6, generator=generator, dtype=torch.float64),
        "b": torch.randn(rows, 4, 2, 3, generator=generator, dtype=torch.float64) * 3,
    }


def _value(unit_map: np.ndarray, unit: Unit, kind: str) -> float:
    if unit.position is not None:
        return float(unit_map[unit.position])
    if kind == "channel":
        return float(unit_map.mean())
    share = np.exp(unit_map / unit_map.std())
    return float((unit_map * share).sum() / share.sum())


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("kind", ["channel", "peak"])
def test_values_and_peaks(kind: str, count: int) -> None:
    maps = _maps(count)
    objective = Objective(_TARGETS, count, kind)  # type: ignore[arg-type]
    assert objective.layers == ["a", "b"]
    assert objective.rows("a", CPU).tolist() == list(range(4 * count))
    assert objective.rows("b", CPU).tolist() == list(range(2 * count, 4 * count))
    values, peaks = objective(maps)
    for row in range(len(_TARGETS) * count):
        units = parts(_TARGETS[row // count])
        unit_maps = [maps[unit.layer][row, unit.index].numpy() for unit in units]
        value = sum(_value(unit_map, unit, kind) for unit_map, unit in zip(unit_maps, units, strict=True))
        peak = sum(
            unit_map.max() if unit.position is None else unit_map[unit.position]
            for unit_map, unit in zip(unit_maps, units, strict=True)
        )
        assert values[row].item() == pytest.approx(value, rel=1e-5)  # a millionth is added to the deviation
        assert peaks[row].item() == pytest.approx(peak, rel=1e-12)


def test_the_soft_maximum_lies_between_mean_and_maximum_and_pulls_at_the_peak_most() -> None:
    maps = {name: values.requires_grad_() for name, values in _maps(1).items()}
    soft, peaks = Objective(_TARGETS[:1] * 4, 1, "peak")(maps)
    mean, _ = Objective(_TARGETS[:1] * 4, 1, "channel")(maps)
    assert bool(((mean < soft) & (soft < peaks)).all())
    (gradient,) = torch.autograd.grad(soft.sum(), maps["a"])
    assert torch.equal(gradient[:, 2].flatten(1).argmax(1), maps["a"][:, 2].flatten(1).argmax(1))
    torch.testing.assert_close(gradient[:, 2].sum((1, 2)), torch.ones(4, dtype=torch.float64))
    assert not peaks.requires_grad


@pytest.mark.parametrize("kind", ["channel", "peak"])
def test_the_pull_is_the_gradient_of_the_values(kind: str) -> None:
    """The weights of a soft maximum count as fixed: so they do for torch's own differentiation."""
    maps = {name: layer_maps.requires_grad_() for name, layer_maps in _maps(2).items()}
    objective = Objective(_TARGETS, 2, kind)  # type: ignore[arg-type]
    values, peaks = objective(maps)
    wanted = torch.autograd.grad(values.sum(), list(maps.values()))
    pulls, pulled_peaks = objective.pull(maps)
    assert torch.equal(pulled_peaks, peaks)
    for name, gradient in zip(maps, wanted, strict=True):
        torch.testing.assert_close(pulls[name], gradient)


def test_a_position_outside_of_the_map_is_refused() -> None:
    with pytest.raises(UnitError, match="a:0@4,0 lies outside the map of these pictures, which is 4 x 6"):
        Objective([Unit("a", 0, (4, 0))], 1, "peak")({"a": torch.zeros(1, 5, 4, 6)})


@pytest.mark.parametrize("count", [2, 4])
def test_likeness_is_the_cosine_of_gram_matrices_over_pairs(count: int) -> None:
    maps = torch.randn(2 * count, 3, 4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    total = 0.0
    for target in range(2):
        pictures = maps[target * count : (target + 1) * count].numpy()
        grams = [np.einsum("chw,dhw->cd", features, features) for features in pictures]
        for gram, other in itertools.combinations(grams, 2):
            total += float((gram * other).sum() / np.sqrt((gram**2).sum() * (other**2).sum()))
    assert likeness(maps, count).item() == pytest.approx(total, rel=1e-12)


def test_the_same_picture_twice_is_as_alike_as_can_be() -> None:
    picture = torch.randn(1, 3, 4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert likeness(picture.repeat(3, 1, 1, 1), 3).item() == pytest.approx(3)
