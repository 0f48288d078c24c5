"""Views against scipy's affine transform, with the geometry measured on ramps that were seen through them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.ndimage
import torch

from methods.ascent.transforms import Robustness
from methods.errors import InputError
from tests.kit.pictures import pictures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.ascent.views import View


_SIZE = (40, 52)


def _views(robustness: Robustness, steps: int = 12, seed: int = 0) -> list[View]:
    return robustness.views(steps, _SIZE, torch.Generator().manual_seed(seed))


def _geometry(view: View) -> NDArray[np.float64]:
    """2 x 3: from (row, column, 1) of the view to (row, column) of the picture, fitted to ramps that it was shown."""
    rows, columns = np.mgrid[: _SIZE[0], : _SIZE[1]].astype(np.float64)
    ramps = torch.from_numpy(np.stack([rows, columns, np.ones(_SIZE)]))[None]
    seen = view(ramps)[0].numpy()
    whole = np.isclose(seen[2], 1, atol=1e-6)  # nothing of the frame is mixed in
    assert whole.mean() > 0.2
    places = np.stack([rows[whole], columns[whole], np.ones(whole.sum())], 1)
    fitted, *_ = np.linalg.lstsq(places, seen[:2, whole].T, rcond=None)
    result: NDArray[np.float64] = fitted.T
    return result


@pytest.mark.parametrize(
    "robustness",
    [Robustness(), Robustness(pad=0, jitter=5, scale=(0.8, 1.25), rotate=30), Robustness(6, 0, (1.0, 1.0), 0.0)],
)
def test_views_are_scipys_affine_transforms_on_grey(robustness: Robustness) -> None:
    shown = pictures(3, _SIZE, dtype=torch.float64)
    for view in _views(robustness):
        geometry = _geometry(view)
        seen = view(shown)
        for picture, result in zip(shown.flatten(0, 1).numpy(), seen.flatten(0, 1).numpy(), strict=True):
            wanted = scipy.ndimage.affine_transform(
                picture, geometry[:, :2], geometry[:, 2], order=1, mode="grid-constant", cval=0.5
            )
            np.testing.assert_allclose(result, wanted, atol=2e-4)  # the views' own matrices are float32


def test_shift_scale_and_turn_stay_within_what_was_asked() -> None:
    robustness = Robustness(pad=0, jitter=7, scale=(0.9, 1.2), rotate=10)
    shifts, zooms, turns = [], [], []
    for view in _views(robustness, steps=200):
        geometry = _geometry(view)
        zoom = 1 / math.hypot(geometry[0, 1], geometry[1, 1])
        there = np.linalg.inv(geometry[:, :2])
        centre = (np.array(_SIZE) - 1) / 2
        shifts.append(there @ (centre - geometry[:, 2]) - centre)
        zooms.append(zoom)
        turns.append(math.degrees(math.atan2(geometry[0, 1], geometry[1, 1])))
    assert np.abs(shifts).max() <= 7 + 1e-3
    assert np.abs(np.round(shifts) - shifts).max() < 1e-3
    assert {round(abs(value)) for pair in shifts for value in pair} >= set(range(8))
    assert 0.9 - 1e-3 <= min(zooms) < 0.92
    assert 1.18 < max(zooms) <= 1.2 + 1e-3
    assert 9 < max(map(abs, turns)) <= 10 + 1e-3
    assert min(turns) < 0 < max(turns)


def test_a_frame_of_some_pixels_is_seen_around_the_picture() -> None:
    """40 x 52 pixels show what 48 x 60 would, the picture in their middle."""
    (view,) = _views(Robustness(4, 0, (1.0, 1.0), 0.0), steps=1)
    wanted = [[48 / 40, 0, 19.5 * (1 - 48 / 40)], [0, 60 / 52, 25.5 * (1 - 60 / 52)]]
    np.testing.assert_allclose(_geometry(view), wanted, atol=1e-4)


def test_no_robustness_leaves_every_picture_exactly_as_it_is() -> None:
    shown = pictures(2, _SIZE)
    for view in _views(Robustness(0, 0, (1.0, 1.0), 0.0)):
        assert torch.equal(view(shown), shown)


def test_a_shift_by_whole_pixels_moves_them_exactly() -> None:
    shown = pictures(2, _SIZE)
    moved = set()
    for view in _views(Robustness(0, 9, (1.0, 1.0), 0.0), steps=30):
        geometry = _geometry(view)
        down, right = (round(-value) for value in geometry[:, 2])
        moved.add((down, right))
        wanted = torch.full_like(shown, 0.5)
        target = (slice(max(down, 0), _SIZE[0] + min(down, 0)), slice(max(right, 0), _SIZE[1] + min(right, 0)))
        source = (slice(max(-down, 0), _SIZE[0] - max(down, 0)), slice(max(-right, 0), _SIZE[1] - max(right, 0)))
        wanted[..., target[0], target[1]] = shown[..., source[0], source[1]]
        assert torch.equal(view(shown), wanted)
    assert len(moved) > 20


def test_views_are_the_seeds_and_the_same_for_every_picture() -> None:
    shown = pictures(1, _SIZE).expand(3, -1, -1, -1)
    for one, same in zip(_views(Robustness()), _views(Robustness()), strict=True):
        assert torch.equal(one(shown), same(shown))
        assert torch.equal(one(shown)[0], one(shown)[2])
    different = [
        torch.equal(a(shown), b(shown)) for a, b in zip(_views(Robustness()), _views(Robustness(), seed=1), strict=True)
    ]
    assert not any(different)


def test_the_gradient_comes_back_to_the_picture() -> None:
    shown = pictures(1, (7, 9), dtype=torch.float64).requires_grad_()
    for view in Robustness(1, 2, (0.9, 1.1), 10.0).views(2, (7, 9), torch.Generator().manual_seed(0)):
        assert torch.autograd.gradcheck(view, (shown,))


@pytest.mark.parametrize(
    "wrong", [{"pad": -1}, {"jitter": -1}, {"rotate": -0.1}, {"scale": (0.0, 1.0)}, {"scale": (1.1, 1.0)}]
)
def test_impossible_views(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="impossible"):
        Robustness(**wrong)  # type: ignore[arg-type]
