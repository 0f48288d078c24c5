"""Outputs whose rows or columns do not lie as the picture's do have no map, whatever their weights; others have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from visualize.methods.network.layout.bands import FEWEST, USUAL, Pull, banded, energies
from visualize.methods.network.layout.reading import CROPPED
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = (24, 18)


class _Arranged(nn.Module):
    """A convolution, its map put into another order by a function, and a convolution of that."""

    def __init__(self, arrange: Callable[[Tensor], Tensor], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        width = (2, 3, 8)[seed % 3]
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        with torch.no_grad():
            units = arrange(self.conv(torch.zeros(1, 3, *_SIZE))).shape[1]
        self.end = nn.Identity() if seed % 2 else nn.Conv2d(units, width, 1)
        self._arrange = arrange

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.end(self._arrange(self.conv(x)))
        return output


def _shuffled(length: int) -> Tensor:
    order = torch.randperm(length, generator=torch.Generator().manual_seed(length))
    return order if length > 4 else order.sort().values


def _halved(maps: Tensor) -> Tensor:
    return functional.interpolate(functional.avg_pool2d(maps, 2), maps.shape[2:])


ASTRAY: dict[str, Callable[[Tensor], Tensor]] = {
    "a map over its mirror image": lambda x: torch.cat([x, x.flip(2)], 2),
    "a mirror image over the map": lambda x: torch.cat([x.flip(2), x], 2),
    "rows mirrored, one over the other": lambda x: torch.cat([x, x.flip(3)], 2),
    "a map beside its mirror image": lambda x: torch.cat([x, x.flip(3)], 3),
    "a map beside itself": lambda x: torch.cat([x, 1.0 * x], 3),
    "a map over itself": lambda x: torch.cat([x, 2 * x.relu()], 2),
    "two scales": lambda x: torch.cat([x, _halved(x)], 2),
    "shuffled rows": lambda x: x[:, :, _shuffled(x.shape[2])],
    "shuffled columns": lambda x: x[:, :, :, _shuffled(x.shape[3])],
    "even rows, then odd ones": lambda x: torch.cat([x[:, :, ::2], x[:, :, 1::2]], 2),
    "every other row reversed": lambda x: torch.stack(
        [r.flip(2) if i % 2 else r for i, r in enumerate(x.unbind(2))], 2
    ),
    "rolled by half": lambda x: x.roll((x.shape[2] // 2, x.shape[3] // 2), (2, 3)),
    "upside down": lambda x: x.flip(2),
    "half of the units mirrored": lambda x: torch.cat([x, x.flip(3)], 1),
    "a sum with the mirror image": lambda x: x + x.flip(3),
    "a sum with a faint rolled one": lambda x: x + 0.35 * x.roll((x.shape[2] // 2, x.shape[3] // 2), (2, 3)),
    "some units faintly rolled": lambda x: torch.cat([x, 0.4 * x.roll(x.shape[2] // 2, 2)], 1),
    "a spectrum": lambda x: torch.fft.fft2(x).abs(),
}


@pytest.mark.parametrize("kind", ASTRAY)
@pytest.mark.parametrize("seed", range(3))
def test_what_does_not_lie_as_the_picture_does_has_no_map(kind: str, seed: int) -> None:
    probe = Probe(_Arranged(ASTRAY[kind], seed), prepare=Preparation(_SIZE))
    assert "conv" in probe.layers
    assert "end" in probe.unmapped, (probe.layer("end").units, probe.layer("end").map_size)


@pytest.mark.parametrize("seed", [6, 72, 180])
def test_a_mirror_image_of_which_each_unit_sees_little_is_found(seed: int) -> None:
    network = _Arranged(ASTRAY["half of the units mirrored"], seed)
    halves = network.get_parameter("end.weight").flatten(1).unflatten(1, (2, -1))  # type: ignore[no-untyped-call]
    own, mirrored = (halves @ network.conv.weight.flatten(1)).square().sum(2).T
    assert bool((mirrored < own).all()), "each unit sees more of the picture than of its mirror image"
    assert "end" in Probe(network, prepare=Preparation(_SIZE)).unmapped


KEPT: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, int, int, int]]] = {
    "rows picked in their order": (lambda x: x[:, :, torch.arange(x.shape[2])], (0, 1, 2, 3)),
    "columns before rows": (lambda x: x.flip(2).flip(2).transpose(2, 3), (0, 1, 3, 2)),
    "a mirror image turned back and added": (lambda x: x + x.flip(3).flip(3), (0, 1, 2, 3)),
    "a spectrum and back": (lambda x: torch.fft.ifft2(torch.fft.fft2(x)).real, (0, 1, 2, 3)),
}


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("seed", [0, 2, 4])
def test_maps_that_only_an_experiment_can_tell_are_kept(kind: str, seed: int) -> None:
    arrange, back = KEPT[kind]
    network = _Arranged(arrange, seed).eval()
    shown = pictures(2, _SIZE)
    with torch.no_grad():
        wanted = seen_by(network, ("end",), shown)["end"].permute(back)
    given = Probe(network, prepare=Preparation(_SIZE)).activations(shown, ["end"])["end"]
    torch.testing.assert_close(given, wanted, rtol=1e-4, atol=1e-5)


CROPS: dict[str, Callable[[Tensor], Tensor]] = {
    "half of the rows": lambda x: x[:, :, :12],
    "the right half": lambda x: x.chunk(2, 3)[1],
    "the middle": lambda x: x[:, :, 6:18, 5:13] + 1,
    "both halves, one on the other": lambda x: x[:, :, :12] + x[:, :, 12:],
}


@pytest.mark.parametrize("kind", CROPS)
@pytest.mark.parametrize("seed", range(2))
def test_a_part_of_the_picture_is_told_as_such(kind: str, seed: int) -> None:
    probe = Probe(_Arranged(CROPS[kind], seed), prepare=Preparation(_SIZE))
    assert probe.unmapped["end"].reason == CROPPED


@pytest.mark.parametrize("seed", range(2))
def test_halves_put_together_again_are_a_map(seed: int) -> None:
    network = _Arranged(lambda x: torch.cat(x.chunk(2, 2), 2), seed)
    assert Probe(network, prepare=Preparation(_SIZE)).layer("end").map_size == _SIZE


@pytest.mark.parametrize("count", [USUAL, FEWEST])
@pytest.mark.parametrize("rows", [2, 3, 5, 24])
def test_pooled_pictures_follow_themselves(count: int, rows: int) -> None:
    shown = banded(torch.zeros(1, 64, *_SIZE), count, 0)
    assert len(shown) == 1 + 2 * count
    assert bool((shown[1:] != shown[:1]).flatten(1).float().mean(1).sub(1 / count).abs().lt(0.1).all())
    pooled = functional.adaptive_avg_pool2d(shown, (rows, 6))
    assert Pull.of(energies(pooled, count)).follows
    assert not Pull.of(energies(pooled.flip(2), count)).follows
    assert not Pull.of(energies(pooled + pooled.flip(3), count)).follows
