"""The parts of the engine, each against something simpler."""

from __future__ import annotations

from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from torch import nn

from methods.dissection.activation_site import tapped
from methods.dissection.alignment import grid
from methods.dissection.counting import Counting, thresholds
from methods.dissection.pipeline import dissect
from methods.dissection.rotation import rotation
from methods.dissection.scanning import Scanning
from methods.dissection.settings import Settings, above
from methods.dissection.sparse import Layout, kept, thinned
from methods.dissection.store import Memory
from methods.dissection.taps import taps
from methods.dissection.thresholds import TopValues, joined
from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.network.receptive_field.field import ReceptiveField
from methods.network.upsample import upsample
from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded

_tied = st.integers(-3, 3).map(float)  # so few values that most are tied
_any = st.floats(-1e6, 1e6, width=32)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_largest_values_are_those_of_sorting_in_any_order_and_any_parts(data: st.DataObject) -> None:
    units, count = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 60))
    values = data.draw(hnp.arrays(np.float32, (units, count), elements=st.one_of(_tied, _any)))
    keep = data.draw(st.integers(1, count))
    wanted = np.sort(values, 1)[:, ::-1]
    parts = []
    for part in np.split(values, sorted(data.draw(st.lists(st.integers(0, count), max_size=3))), axis=1):
        top = TopValues(units, keep, np.float32)
        for column in part.T:
            better = column > top.bounds
            top.add(np.flatnonzero(better), column[better])
            if data.draw(st.booleans()):
                top.settle()
                if top.full:
                    resumed = TopValues.resumed(keep, top.bounds)
                    for unit, held in enumerate(top.state()):
                        good = held > top.bounds[unit]
                        resumed.add(np.full(int(good.sum()), unit), held[good])
                    np.testing.assert_array_equal(np.sort(resumed.state(), 1), np.sort(top.state(), 1))
                    top = resumed
        parts.append(top.state())
    for place in {0, keep // 2, keep - 1}:
        found = joined(parts, place)
        np.testing.assert_array_equal(found, wanted[:, place])
        assert ((values > found[:, None]).sum(1) <= place).all()


@given(st.decimals("0.0001", "0.9999", places=4), st.integers(0, 10**9))
def test_how_many_lie_above_is_counted_in_decimals(quantile: object, positions: int) -> None:
    assert above(float(str(quantile)), positions) == int(Fraction(str(quantile)) * positions)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from([0.5, 1, 2, 4, 16]),
    st.floats(-8, 20),
)
def test_pixels_lie_where_plain_upsampling_puts_them(
    shape: tuple[int, int], size: tuple[int, int], stride: float, offset: float
) -> None:
    """At the input's own resolution the cells hold what methods.network.upsample gives; resizing is torch's."""
    maps = np.random.default_rng(0).normal(size=(1, 1, *size))
    field = ReceptiveField((3, 3), (stride, stride), (offset, offset))
    for alignment, wanted in (
        ("receptive-field", upsample(torch.from_numpy(maps), shape, field)),
        ("resize", F.interpolate(torch.from_numpy(maps), shape, mode="bilinear", align_corners=False)),
    ):
        lying = grid(shape, size, shape, alignment=alignment, field=field)  # type: ignore[arg-type]
        found = maps[0, 0]
        for axis, one in enumerate((lying.rows, lying.columns)):
            after = np.minimum(one.cell + 1, found.shape[axis] - 1)
            near, far = (weight[:, None] if axis == 0 else weight for weight in (one.near, one.far))
            found = near * np.take(found, one.cell, axis) + far * np.take(found, after, axis)
            assert one.lengths.sum() == len(one.cell)
            assert all(
                (one.cell[s : s + n] == c).all() for c, (s, n) in enumerate(zip(one.starts, one.lengths, strict=True))
            )
        np.testing.assert_allclose(found, wanted[0, 0].numpy(), rtol=1e-12, atol=1e-12)


def test_label_maps_of_half_the_size_are_shifted_by_half_a_pixel() -> None:
    """As NetDissect does: (centre - (reduction - 1) / 2) / reduction."""
    field = ReceptiveField((9, 9), (16.0, 16.0), (14.0, 14.0))
    lying = grid((112, 112), (13, 13), (224, 224), alignment="receptive-field", field=field)
    at = (np.arange(112) - (14 - 0.5) / 2) / 8
    np.testing.assert_allclose(lying.rows.cell + lying.rows.far, at.clip(0, 12), rtol=1e-12, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float32, (2, 3, 5, 4), elements=st.one_of(_tied, _any)),
    hnp.arrays(np.float32, 3, elements=_tied),
    hnp.arrays(np.float32, 3, elements=st.sampled_from([0.0, 1.0, 5.0])),
)
def test_what_is_kept_surrounds_what_lies_above(maps: np.ndarray, bounds: np.ndarray, rise: np.ndarray) -> None:
    layout = Layout(3, 5, 4)
    sparse, units, values = kept(torch.from_numpy(maps), bounds)
    inner = maps.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(inner.reshape(-1)[sparse.keys], sparse.values)
    hot = inner > bounds
    np.testing.assert_array_equal(np.sort(values), np.sort(inner[hot]))
    np.testing.assert_array_equal(np.bincount(units, minlength=3), hot.sum((0, 1, 2)))
    for given_, cut in ((sparse, bounds), (thinned(sparse, layout, bounds + rise, 2), bounds + rise)):
        needed = np.zeros(inner.shape, np.bool_)
        for picture, row, column, unit in np.argwhere(inner > cut):
            needed[picture, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, unit] = True
        assert set(np.flatnonzero(needed)) <= set(given_.keys.tolist())
    assert set(np.flatnonzero(hot)) <= set(sparse.keys.tolist())


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 15))
def test_tallies_of_two_parts_add_up(cut: int) -> None:
    probe, held, asked = (
        Probe(seeded(Classifier()), prepare=Preparation(SIZE)),
        noise(16, SIZE, (10, 14)),
        Settings(quantile=0.05),
    )
    found, stores = taps(probe, ["deep"], asked, 16), (Memory(), Memory())
    Scanning(probe, held, found, done=0).run(stores[0], cut)
    Scanning(probe, held, found, first=cut, done=cut).run(stores[1], 16)
    cuts = thresholds(found, asked, 16)
    parts = []
    for store in stores:
        counting = Counting(held, probe.prepare, asked, taps=found, thresholds=cuts)
        for chunk in store:
            counting.add(chunk)
        counting.tallies["deep"].settle()
        parts.append(counting)
    whole = dissect(probe, ["deep"], held, asked).layers["deep"]
    np.testing.assert_array_equal(sum(one.tallies["deep"].intersection for one in parts), whole.intersection)
    np.testing.assert_array_equal(sum(one.tallies["deep"].activation for one in parts), whole.activation)
    np.testing.assert_array_equal(sum(one.truth.concepts for one in parts), whole.truth)


@pytest.mark.parametrize("units", [2, 3, 24, 101])
def test_powers_of_a_rotation(units: int) -> None:
    assert rotation(units, 0, 5) is None
    whole, half, third = (rotation(units, power, 5) for power in (1.0, 0.5, 1 / 3))
    assert whole is not None
    assert half is not None
    assert third is not None
    eye = torch.eye(units, dtype=torch.float64)
    torch.testing.assert_close(half @ half, whole, atol=1e-11, rtol=0)
    torch.testing.assert_close(third @ third @ third, whole, atol=1e-11, rtol=0)
    for one in (whole, half, third):
        torch.testing.assert_close(one @ one.T, eye, atol=1e-11, rtol=0)
        assert torch.linalg.det(one) == pytest.approx(1)
    other = rotation(units, 1.0, 6)
    assert other is not None
    assert (other - whole).abs().max() > 0.1


def test_rotated_units_are_the_rotated_network() -> None:
    """Dissecting directions is dissecting a network whose last layer is turned."""
    network = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1)).double()
    turn = rotation(6, 0.7, 3)
    assert turn is not None
    last = nn.Conv2d(6, 6, 1, bias=False).double()
    with torch.no_grad():
        last.weight.copy_(turn[:, :, None, None])
    turned = nn.Sequential(*seeded(network), last)
    held = noise(6, SIZE, SIZE)
    one = dissect(Probe(network, prepare=Preparation(SIZE)), ["0"], held, Settings(rotate=0.7, seed=3)).layers["0"]
    other = dissect(Probe(turned, prepare=Preparation(SIZE)), ["1"], held, Settings()).layers["1"]
    np.testing.assert_allclose(one.thresholds, other.thresholds, rtol=1e-12)
    np.testing.assert_array_equal(one.intersection, other.intersection)


class _Rectified(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.LeakyReLU(0.1)
        self.deep = nn.Conv2d(4, 4, 3)
        self.last = nn.Conv2d(4, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.last(F.relu(self.deep(self.relu(self.norm(self.conv(x))))))
        return found


def test_before_and_after_the_rectifier() -> None:
    probe = Probe(_Rectified(), prepare=Preparation(SIZE))
    assert tapped(probe, "conv", "as-is") == ("conv", False)
    assert tapped(probe, "conv", "after") == ("relu", False)
    assert tapped(probe, "conv", "before") == ("conv", False)
    assert tapped(probe, "relu", "before") == ("norm", False)
    assert tapped(probe, "relu", "after") == ("relu", False)
    assert tapped(probe, "deep", "after") == ("deep", True)
    for where in ("before", "after"):
        with pytest.raises(InputError, match="last has no rectifier of its own"):
            tapped(probe, "last", where)


@pytest.mark.parametrize(
    "wrong",
    [{"quantile": 0}, {"quantile": 1}, {"cut": 1}, {"alignment": "nearest"}, {"rectifier": "never"}, {"rotate": 2},
     {"minimum_area": -1}, {"count": 0}, {"categories": ()}],
)  # fmt: skip
def test_settings_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Settings(**wrong)  # type: ignore[arg-type]
