"""A unit's activation on pictures against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from visualize.methods.errors import UnitError
from visualize.methods.network.activation import activation, activation_at, activations
from visualize.methods.unit import Unit

_UNITS = [Unit("layer", 0), Unit("layer", 1, (2, 3)), Unit("layer", 0, (0, 1))]


def _maps(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_activation_is_that_at_the_position_or_the_largest(dtype: torch.dtype) -> None:
    maps = _maps(3, 5, 4, 6, dtype=dtype)
    plain = maps.double().numpy()
    wanted = np.stack([plain[0].max((1, 2)), plain[1, :, 2, 3], plain[2, :, 0, 1]])
    together = activations(maps, _UNITS)
    assert together.dtype == dtype
    np.testing.assert_array_equal(together.double().numpy(), wanted)
    for plane, unit, values in zip(maps, _UNITS, wanted, strict=True):
        np.testing.assert_array_equal(activation(plane, unit).double().numpy(), values)


def test_the_gradient_goes_to_the_place_that_was_read() -> None:
    for unit, row, column in ((_UNITS[0], 3, 4), (_UNITS[1], 2, 3)):
        maps = _maps(2, 4, 6)
        maps[:, 3, 4] = 9
        maps.requires_grad_()
        (gradient,) = torch.autograd.grad(activation(maps, unit).sum(), maps)
        wanted = torch.zeros(2, 4, 6, dtype=torch.float64)
        wanted[:, row, column] = 1
        torch.testing.assert_close(gradient, wanted)


def test_each_picture_is_read_at_a_position_of_its_own() -> None:
    maps, positions = _maps(3, 4, 6), torch.tensor([[0, 5], [3, 0], [1, 2]])
    wanted = [maps[0, 0, 5], maps[1, 3, 0], maps[2, 1, 2]]
    assert activation_at(maps, positions).tolist() == torch.stack(wanted).tolist()


def test_maps_are_left_as_they_are() -> None:
    maps = _maps(3, 5, 4, 6)
    before = maps.clone()
    activations(maps, _UNITS)
    assert torch.equal(maps, before)


def test_a_position_that_the_maps_do_not_have() -> None:
    for shape in ((3, 2, 2, 6), (3, 2, 4, 3)):
        wanted = rf"layer:1@2,3 lies outside the map of these pictures, which is {shape[2]} x {shape[3]}"
        with pytest.raises(UnitError, match=wanted):
            activations(_maps(*shape), _UNITS)
