"""A network in bfloat16 beside itself in float32."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import CASES, SIZE, InPlace, Residual, seeded
from tests.kit.pictures import pictures
from visualize.methods.errors import InputError
from visualize.methods.network.precision import Arithmetic
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

_ROUNDING = 0.03  # of the largest activation: a few roundings of 1 in 256


class Stubborn(nn.Module):
    """A network that holds numbers in float32 where no conversion finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.last = nn.Conv2d(4, 4, 1)
        self.held = [torch.ones(4, 4, 3, 3, dtype=torch.float32)]

    def forward(self, pictures: Tensor) -> Tensor:
        shown: Tensor = self.last(nn.functional.conv2d(self.conv(pictures), self.held[0]))
        return shown


def _probes() -> dict[str, Probe]:
    made = {name: Probe(CASES[name].network(), prepare=CASES[name].preparation()) for name in CASES}
    return {name: probe for name, probe in made.items() if probe.dtype == torch.float32}


@pytest.mark.parametrize("name", _probes())
def test_activations_in_bfloat16_are_those_of_float32_but_for_rounding(name: str) -> None:
    probe, shown = _probes()[name], pictures(2, SIZE)
    layers = list(CASES[name].layers)
    rough = Arithmetic(probe=probe, precision="bf16").activations(shown, layers)
    for layer, wanted in probe.activations(shown, layers).items():
        assert rough[layer].dtype == torch.float32
        assert float((rough[layer] - wanted).abs().amax()) <= _ROUNDING * float(wanted.abs().amax())


def test_gradients_in_bfloat16_point_where_those_of_float32_do() -> None:
    probe, ways = Probe(seeded(Residual()), prepare=Preparation(SIZE)), []
    for precision in ("float32", "bf16"):
        shown = pictures(2, SIZE).requires_grad_()
        maps = Arithmetic(probe=probe, precision=precision).activations(shown, ["norm2"])["norm2"]
        ways.append(torch.autograd.grad(maps.square().sum(), shown)[0].flatten())
    assert float(torch.cosine_similarity(ways[0], ways[1], dim=0)) > 0.99


def test_the_network_keeps_its_own_weights() -> None:
    network = seeded(InPlace())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    probe = Probe(network, prepare=Preparation(SIZE))
    Arithmetic(probe=probe, precision="bf16").activations(pictures(1, SIZE), ["conv"])
    for name, value in network.state_dict().items():
        assert value.dtype == before[name].dtype
        assert torch.equal(value, before[name])


def test_float32_is_the_probe_itself() -> None:
    probe, shown = Probe(seeded(InPlace()), prepare=Preparation(SIZE)), pictures(2, SIZE)
    plain = Arithmetic(probe=probe, precision="float32")
    assert torch.equal(plain.activations(shown, ["conv"])["conv"], probe.activations(shown, ["conv"])["conv"])
    assert plain.notes == ()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_networks_that_are_not_float32_are_refused(dtype: torch.dtype) -> None:
    probe = Probe(seeded(InPlace()).to(dtype), prepare=Preparation(SIZE))
    with pytest.raises(InputError, match=f"is for networks in float32, and this one is in {str(dtype)[6:]}"):
        Arithmetic(probe=probe, precision="bf16")


def test_a_network_that_runs_in_no_other_precision_says_so() -> None:
    probe = Probe(Stubborn(), prepare=Preparation(SIZE))
    with pytest.raises(InputError, match=r"in bfloat16 the network does not run .* leave out the precision bf16"):
        Arithmetic(probe=probe, precision="bf16").activations(pictures(1, SIZE), ["last"])
