"""Labels of axes through reshapes, against an array that holds the number of its own row, column and channel."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visualize.methods.network.layout.labels import Label, Labels, labelled, pure, reshaped

_SIZES = {"N": 1, "C": 6, "H": 4, "W": 6}


def _counted(order: str, letter: str) -> Tensor:
    """An array in which every value is its own index along one axis."""
    shape = [_SIZES[other] if other == letter else 1 for other in order]
    return torch.arange(_SIZES[letter]).view(shape).expand([_SIZES[other] for other in order])


def _index(label: Label, letter: str, length: int) -> Tensor:
    """What an axis of that label adds to the index along one axis, for each of its own indices."""
    step, result = 1, torch.zeros(length, dtype=torch.long)
    for part in reversed(label):
        if part.letter == letter:
            result = result + torch.arange(length) // step % part.size * part.step
        step *= part.size
    return result


@pytest.mark.parametrize("order", ["NCHW", "NHWC", "NWHC", "NCWH"])
@pytest.mark.parametrize(
    "shape", [(1, 6, 24), (1, 24, 6), (24, 6), (6, 24), (1, 4, 6, 6), (1, 2, 3, 24), (1, 6, 6, 4), (1, 144), (4, 36)]
)
def test_reshaped_axes_count_what_their_labels_say(order: str, shape: tuple[int, ...]) -> None:
    labels: Labels | None = reshaped(labelled(order, [_SIZES[letter] for letter in order]), shape)
    if labels is None:
        return
    for letter in "HW":
        wanted = torch.zeros(shape, dtype=torch.long)
        for axis, label in enumerate(labels):
            wanted += _index(label, letter, shape[axis]).view(
                [-1 if other == axis else 1 for other in range(len(shape))]
            )
        assert torch.equal(_counted(order, letter).reshape(shape), wanted)


@pytest.mark.parametrize("shape", [(1, 6, 2, 2, 6), (1, 6, 2, 12), (1, 6, 6, 4), (1, 12, 12)])
def test_rows_that_are_cut_are_no_whole_map_until_they_are_put_together(shape: tuple[int, ...]) -> None:
    start = labelled("NCHW", (1, 6, 4, 6))
    cut = reshaped(start, shape)
    if cut is None:  # half of a row and half of the next one lie in one piece
        assert 12 in shape or shape[-2:] == (6, 4)
        return
    assert {"H", "W"} - {pure(label) for label in cut}
    assert reshaped(cut, (1, 6, 4, 6)) == start


def test_tokens_become_rows_and_columns_again() -> None:
    start = labelled("NHWC", (1, 4, 6, 6))
    flat = reshaped(start, (24, 6))
    assert flat is not None
    assert [pure(label) for label in flat] == ["", "C"]
    assert reshaped(flat, (1, 4, 6, 6)) == start


@pytest.mark.parametrize("shape", [(1, 0, 24), (0, 3), (1, 7, 2)])
def test_empty_axes_and_lengths_that_do_not_fit_are_not_known(shape: tuple[int, ...]) -> None:
    assert reshaped(labelled("NCHW", (1, 0, 4, 6)), shape) is None
