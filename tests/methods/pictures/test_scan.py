"""One run over a probe set: what comes out, in which order, and what happens to pictures that cannot be read."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
import torch

from tests.kit.networks import SIZE, classifier_probe
from tests.kit.pictures import Listed, arrays
from tests.kit.plain_hooks import seen_by
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.pictures.images import Stack
from visualize.methods.pictures.scan import Batch, Scan, require_finite

_LAYERS = ("conv", "deep")


@pytest.mark.parametrize("workers", [None, 1, 4])
@pytest.mark.parametrize("batch", [1, 3, 8, 50])
def test_maps_are_those_of_every_picture_by_itself(batch: int, workers: int | None) -> None:
    held, probe = arrays(11, SIZE), classifier_probe(torch.float64)
    steps: list[tuple[int, int]] = []
    scan = Scan(
        probe, Stack(held), _LAYERS, batch=batch, workers=workers, progress=lambda done, of: steps.append((done, of))
    )
    seen = []
    for part in scan:
        for row, index in enumerate(part.indices):
            seen.append(index)
            np.testing.assert_array_equal(part.pictures[row].permute(1, 2, 0).numpy(), held[index])
            alone = torch.from_numpy(held[index]).permute(2, 0, 1)[None].float() / 255
            wanted = seen_by(probe.network, _LAYERS, probe.prepare(alone.double()))
            for layer in _LAYERS:
                torch.testing.assert_close(part.maps[layer][row], wanted[layer][0].detach())
    assert seen == list(range(11))
    assert scan.scanned == 11
    assert steps[-1] == (11, 11)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})


def test_loading_is_done_by_threads_a_bounded_way_ahead() -> None:
    images = Listed(arrays(40, SIZE))
    parts = iter(Scan(classifier_probe(torch.float64), images, ["conv"], batch=2, workers=2))
    next(parts)
    assert len(images.loads) <= 2 * (3 + 1)
    assert all(name.startswith("load") for name in images.threads)
    parts.close()  # type: ignore[attr-defined]
    loaded = len(images.loads)
    assert loaded < 40


def test_broken_pictures_are_skipped_named_and_counted() -> None:
    images = Listed(arrays(7, SIZE), bad=frozenset({0, 3, 4}))
    scan = Scan(classifier_probe(torch.float64), images, ["conv"], batch=2)
    with pytest.warns(BrokenImageWarning, match="skipped ") as caught:
        seen = [index for part in scan for index in part.indices]
    assert seen == [1, 2, 5, 6]
    assert scan.scanned == 4
    assert scan.broken == ["picture-0.jpg", "picture-3.jpg", "picture-4.jpg"]
    assert [str(warning.message) for warning in caught] == [f"skipped {name}: it is broken" for name in scan.broken]


def test_a_set_of_which_nothing_opens_is_an_error() -> None:
    images = Listed(arrays(3, SIZE), bad=frozenset(range(3)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BrokenImageWarning)
        with pytest.raises(InputError, match=r"none of the 3 .* picture-2\.jpg"):
            list(Scan(classifier_probe(torch.float64), images, ["conv"]))


def test_an_empty_set_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing holds no"):
        list(Scan(classifier_probe(torch.float64), Listed([], name="nothing"), ["conv"]))


def test_a_defect_in_loading_is_not_swallowed_and_ends_the_threads() -> None:
    images = Listed(arrays(20, SIZE))
    images.held[5] = np.zeros((0,), np.uint8)
    with pytest.raises(InputError, match="picture 5 of pictures"):
        list(Scan(classifier_probe(torch.float64), images, ["conv"], batch=2))
    assert len(images.loads) < 20 or (os.cpu_count() or 1) > 4


def test_large_values_are_finite_though_their_sum_is_not() -> None:
    batch = Batch((0, 1), torch.zeros(2, 3, 4, 4, dtype=torch.uint8), {})
    images = Stack(arrays(2, (4, 4)))
    values = torch.full((2, 3), 3e38)
    require_finite(values, batch, images, "conv")
    for wrong in (float("nan"), float("inf"), -float("inf")):
        values[1, 2] = wrong
        with pytest.raises(InputError, match=f"conv gives an activation that is not finite for {images.file(1)}"):
            require_finite(values, batch, images, "conv")
