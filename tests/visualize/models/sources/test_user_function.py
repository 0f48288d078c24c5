"""Networks of the user's own: functions with every fault that one can make, TorchScript parts, untrained twins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from methods.attribution.deconvolution import Deconvolution
from methods.attribution.guided_backprop import GuidedBackpropagation
from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Stack
from methods.unit import Unit
from tests.visualize.cli.kit import one_line, viz
from visualize.models import card, load
from visualize.models.sources.torchscript import opened

if TYPE_CHECKING:
    from pathlib import Path

    from methods.method import Method


OWN = """
import sys
import torch
from torch import nn

print("the module speaks")

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.free = nn.Parameter(torch.arange(6.0))
    def forward(self, x):
        return self.conv(x) + self.free.sum()

def plain():
    print("the function speaks")
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())

def trained():
    net = Net()
    with torch.no_grad():
        net.conv.weight.fill_(7.0)
    return net

ready = plain()

def needs(width, *, depth):
    return Net(width)

def ends():
    sys.exit(3)

def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3))

def empty():
    with torch.device("meta"):
        return plain()

def quantised():
    from torch.ao.quantization import quantize_dynamic
    return quantize_dynamic(nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 4)), {nn.Linear})

def no_parts():
    class Bare(nn.Module):
        def forward(self, x):
            return x.mean((2, 3))
    return Bare()

def scripted():
    return torch.jit.script(plain())

def inside():
    return nn.Sequential(nn.Conv2d(3, 4, 3), torch.jit.script(nn.Sequential(nn.ReLU(), nn.Conv2d(4, 5, 3))), nn.ReLU())

def probed():
    from methods import Probe
    return Probe(plain())
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(OWN)
    return f"{tmp_path / 'mine.py'}"


def refused(name: str) -> str:
    with pytest.raises(InputError) as caught:
        assert load(name).layers
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_a_user_s_code_prints_is_no_result(own: str) -> None:
    ran = viz("layers", f"{own}:plain", "--json")
    assert [layer["layer"] for layer in json.loads(ran.out)] == ["0", "1", "2"]
    assert "the module speaks" in ran.err
    assert "the function speaks" in ran.err


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("needs", "cannot be called without width, depth; expected a function without arguments"),
        ("ends", "ended Python (exit status 3) instead of returning a network"),
        ("lazy", "0.weight gets its shape at the first run"),
        ("empty", "0.weight of the network has a shape but no values"),
        ("no_parts", "(Bare) has no modules that give activations"),
        ("gone", "has no function 'gone'"),
    ],
)
def test_faults_of_a_user_s_function_are_one_clear_line(own: str, function: str, told: str) -> None:
    assert told in refused(f"{own}:{function}")


def test_a_python_file_without_a_function_names_those_it_has(own: str) -> None:
    ran = viz("layers", own)
    assert ran.status == 2
    assert f"say which of its functions gives the network: {own}:Net, {own}:plain" in one_line(ran.err)


def test_a_network_in_place_of_a_function_is_taken_as_it_is(own: str) -> None:
    assert load(f"{own}:ready").layer("0").units == 4
    assert load(f"{own}:Net").layer("conv").units == 4  # a class is called like a function


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_quantised_network_is_looked_into(own: str) -> None:
    assert load(f"{own}:quantised").layer("logits").units == 4


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_torchscript_parts_of_a_user_s_network_are_taken_apart(own: str) -> None:
    assert list(load(f"{own}:scripted").layers) == ["0", "1", "2"]
    probe = load(f"{own}:inside")
    assert list(probe.layers) == ["0", "1.0", "1.1", "1", "2"]
    pictures = torch.rand(2, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = probe.network(probe.prepare(pictures))
    found = probe.activations(pictures, ["1.1", "2"])
    torch.testing.assert_close(found["2"], wanted)
    torch.testing.assert_close(found["1.1"].relu(), wanted)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_what_a_probe_cannot_watch_is_left_out_or_said() -> None:
    """Parts that TorchScript compiled take no hooks; around them everything goes on."""
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Conv2d(4, 5, 3), nn.ReLU()), nn.Conv2d(5, 2, 1)).eval()
    mixed = nn.Sequential(plain[0], torch.jit.script(plain[1]), plain[2])
    probe = Probe(mixed, prepare=Preparation(size=(16, 16)))
    assert list(probe.layers) == ["0", "2"]
    pictures = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(probe.activations(pictures, ["2"])["2"], plain(pictures))
    compiled = Probe(torch.jit.script(plain), prepare=Preparation(size=(16, 16)))
    with pytest.raises(InputError, match="is compiled by TorchScript, and nothing inside it can be watched"):
        assert compiled.layers
    assert "1.0" in Probe(opened(torch.jit.script(plain)), prepare=Preparation(size=(16, 16))).layers


def test_any_network_has_an_untrained_twin(own: str) -> None:
    """Same structure, other weights: those of its modules drawn by them, the rest in a random order."""
    trained = load(f"{own}:trained").network.state_dict()
    first, again, other = (load(f"random/{own}:trained{seed}").network.state_dict() for seed in ("", "#0", "#1"))
    assert trained["conv.weight"].unique().tolist() == [7.0]
    assert float(first["conv.weight"].abs().max()) <= 27**-0.5  # as torch draws it: uniform, up to 1 / sqrt(inputs)
    assert sorted(first["free"].tolist()) == trained["free"].tolist() != first["free"].tolist()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv.weight"], other["conv.weight"])
    assert "its weights are random, drawn with seed 1" in card(f"random/{own}:trained#1").notes
    assert "returns a Probe" in refused(f"random/{own}:probed")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_torchscript_file_has_an_untrained_twin(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())), str(tmp_path / "net.pt"))
    trained, twin = load(f"{tmp_path / 'net.pt'}"), load(f"random/{tmp_path / 'net.pt'}")
    pictures = torch.rand(1, 3, 24, 24)
    seen, other = (probe.activations(pictures, ["0"])["0"] for probe in (trained, twin))
    assert not torch.allclose(seen, other)
    kept, shuffled = (next(iter(probe.network.parameters())).flatten().sort().values for probe in (trained, twin))
    assert torch.equal(kept, shuffled)


class Functional(nn.Module):
    """Rectifiers that are functions, which a graph calls by name."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.second(functional.leaky_relu(functional.relu(self.first(x)) - 0.3, 0.2))
        return found


RECTIFIERS = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.SiLU, nn.Mish, nn.GELU, nn.Hardswish,
              nn.Softplus, nn.PReLU)  # fmt: skip


def rectified(kind: type[nn.Module] | None, *, inplace: bool = False) -> nn.Module:
    torch.manual_seed(0)
    if kind is None:
        return Functional().eval()
    options = {"inplace": True} if inplace else {}
    return nn.Sequential(nn.Conv2d(3, 4, 3), kind(**options), nn.Conv2d(4, 5, 3)).eval()


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("how", ["script", "trace"])
@pytest.mark.parametrize("method", [GuidedBackpropagation(), Deconvolution()])
@pytest.mark.parametrize(
    ("kind", "inplace"),
    [(None, False), *((kind, False) for kind in RECTIFIERS), (nn.ReLU, True), (nn.ReLU6, True), (nn.LeakyReLU, True)],
)
def test_rules_reach_the_rectifiers_of_torchscript(
    kind: type[nn.Module] | None, method: Method, how: str, *, inplace: bool
) -> None:
    """Compiled, they would silently keep their ordinary gradient: the network before it was compiled is the oracle."""
    plain = rectified(kind, inplace=inplace)
    if how == "script":
        compiled: nn.Module = torch.jit.script(plain)
    else:
        compiled = torch.jit.trace(plain, torch.zeros(1, 3, 12, 14))  # type: ignore[no-untyped-call]
    picture = np.random.default_rng(0).integers(0, 256, (12, 14, 3), np.uint8)
    found = []
    for network in (plain, opened(compiled)):
        probe = Probe(network, prepare=Preparation(size=(12, 14)))
        (result,) = method(probe, [Unit("second" if kind is None else "2", 3)], Stack([picture]))
        found.append(result.arrays())
    for name, expected in found[0].items():
        np.testing.assert_allclose(found[1][name], expected, rtol=1e-4, atol=1e-7, err_msg=name)
