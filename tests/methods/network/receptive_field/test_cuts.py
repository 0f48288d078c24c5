"""Maps that a network cuts out or widens lie where the gradients of their positions do, not over the whole picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.kit.plain_hooks import seen_by
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = (32, 48)


class _Cut(nn.Module):
    """Convolutions without a rectifier, so that every path is open, with something done before or between them."""

    def __init__(self, cut: Callable[[Tensor], Tensor], *, first: bool, last: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.end = nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Conv2d(4, 5, 3, padding=1)
        self.mix = nn.Linear(4, 4)
        self._cut, self._first, self._last = cut, first, last

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(self._cut(x) if self._first else x)
        if self._last:
            x = self.mix(self._cut(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        elif not self._first:
            x = self._cut(x)
        output: Tensor = self.end(x)
        return output


def _deep(x: Tensor) -> Tensor:
    return x[:, :, x.shape[2] // 4 :, : x.shape[3] - 8]


CUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "the upper left": lambda x: x[:, :, 2:, 4:],
    "without its ends": lambda x: x[..., :-3, 2:-2],
    "every other row": lambda x: x[:, :, 1::2],
    "wider at every border": lambda x: functional.pad(x, (8, 3, 6, 0)),
    "wider at one border": lambda x: functional.pad(x, (0, 12)),
    "narrowed": lambda x: x.narrow(2, 3, x.shape[2] - 6).narrow(-1, 2, x.shape[3] - 6),
    "by its own size": _deep,
}


def _centres(network: nn.Module, layer: str, row: int, column: int) -> tuple[float, float]:
    """Middle of the pixels that a position has a gradient to."""
    inputs = torch.rand(1, 3, *_SIZE, requires_grad=True)
    maps = seen_by(network, (layer,), inputs)[layer]
    (gradient,) = torch.autograd.grad(maps[0, :, row, column].sum(), inputs)
    reached = gradient[0].abs().sum(0) > 0
    rows, columns = (reached.any(1 - axis).nonzero().flatten() for axis in (0, 1))
    return float(rows[0] + rows[-1]) / 2, float(columns[0] + columns[-1]) / 2


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", CUTS)
def test_a_part_of_a_map_lies_where_its_gradients_do(name: str, *, first: bool) -> None:
    network = _Cut(CUTS[name], first=first)
    layer = Probe(network, prepare=Preparation(_SIZE)).layer("end")
    assert layer.field is not None
    middle = (layer.map_size[0] // 2, layer.map_size[1] // 2)
    for row, column in (middle, (middle[0], middle[1] + 1)):
        assert layer.field.centre(row, column) == _centres(network, "end", row, column)


@pytest.mark.parametrize(
    "cut", [lambda x: x[:, 2:, 4:], lambda x: functional.pad(x, (0, 0, 8, 3, 6, 0)), lambda x: x[:, :, 2:]]
)
def test_units_may_be_the_last_axis(cut: Callable[[Tensor], Tensor]) -> None:
    network = _Cut(cut, first=False, last=True)
    layer = Probe(network, prepare=Preparation(_SIZE)).layer("end")
    assert layer.field is not None
    assert layer.field.centre(8, 13) == _centres(network, "end", 8, 13)


def test_a_part_of_an_enlarged_picture_is_measured() -> None:
    network = _Cut(lambda x: functional.interpolate(x, (64, 96))[:, :, 16:, 32:], first=True)
    layer = Probe(network, prepare=Preparation(_SIZE)).layer("end")
    assert layer.field is not None
    for row, column in ((4, 4), (8, 14)):
        assert layer.field.centre(row, column) == pytest.approx(_centres(network, "end", row, column), abs=1)
