"""Networks saved by torch.jit.save, taken apart: the network before it was compiled is the oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.kit.marking import torchscript
from tests.kit.refusal import refusal
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit
from visualize.models import entry_of, load
from visualize.models.sources.torchscript import opened

if TYPE_CHECKING:
    from pathlib import Path


class Forked(nn.Module):
    """A branch in its control flow, a list, a part that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU()
        self.down: nn.Module | None = nn.Conv2d(4, 4, 1)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.first(x))
        y = x
        if self.down is not None:
            y = self.relu(self.down(x))
        if y.size(2) > 3:
            y = y + x
        result: torch.Tensor = self.head(torch.cat([x, y], 1))
        return result


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("how", ["trace", "script"])
def test_a_torchscript_network_can_be_looked_into(how: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Forked().eval()
    example = torch.rand(1, 3, 8, 8)
    if how == "trace":
        saved: object = torch.jit.trace(net, example)  # type: ignore[no-untyped-call]
    else:
        saved = torch.jit.script(net)
    torch.jit.save(saved, str(tmp_path / "net.pt"))
    probe = load(str(tmp_path / "net.pt"), trust=True)
    assert {"first", "down", "head", "head.2"} <= set(probe.layers)
    assert probe.layers["first"].kind == "Conv2d"
    pictures = torch.rand(2, 3, 224, 224, requires_grad=True)
    with torch.no_grad():
        prepared = probe.prepare(pictures)
        expected = net(prepared)
    activations = probe.activations(pictures, ["first", "head"])
    torch.testing.assert_close(activations["head"][:, :, 0, 0], expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(activations["first"], net.first(prepared), rtol=1e-4, atol=1e-5)
    (gradient,) = torch.autograd.grad(activations["head"].sum(), pictures)
    wanted = pictures.detach().clone().requires_grad_()
    net(probe.prepare(wanted)).sum().backward()
    torch.testing.assert_close(gradient, wanted.grad, rtol=1e-3, atol=1e-6)


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
    with refusal("is compiled by TorchScript"):
        assert compiled.layers
    assert "1.0" in Probe(opened(torch.jit.script(plain)), prepare=Preparation(size=(16, 16))).layers


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_torchscript_file_has_an_untrained_twin(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())), str(tmp_path / "net.pt"))
    trained, twin = (load(f"{prefix}{tmp_path / 'net.pt'}", trust=True) for prefix in ("", "random/"))
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
        result: torch.Tensor = self.second(functional.leaky_relu(functional.relu(self.first(x)) - 0.3, 0.2))
        return result


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
@pytest.mark.parametrize(
    ("kind", "inplace"),
    [(None, False), *((kind, False) for kind in RECTIFIERS), (nn.ReLU, True), (nn.ReLU6, True), (nn.LeakyReLU, True)],
)
def test_rules_reach_the_rectifiers_of_torchscript(kind: type[nn.Module] | None, how: str, *, inplace: bool) -> None:
    """Compiled, they would silently keep their ordinary gradient: the network before it was compiled is the oracle."""
    plain = rectified(kind, inplace=inplace)
    if how == "script":
        compiled: nn.Module = torch.jit.script(plain)
    else:
        compiled = torch.jit.trace(plain, torch.zeros(1, 3, 12, 14))  # type: ignore[no-untyped-call]
    picture = np.random.default_rng(0).integers(0, 256, (12, 14, 3), np.uint8)
    probes = [Probe(network, prepare=Preparation(size=(12, 14))) for network in (plain, opened(compiled))]
    for method in (GuidedBackpropagation(), Deconvolution()):
        ((wanted,), (result,)) = (
            method(probe, [Unit("second" if kind is None else "2", 3)], Stack([picture])) for probe in probes
        )
        for name, expected in wanted.arrays().items():
            np.testing.assert_allclose(result.arrays()[name], expected, rtol=1e-4, atol=1e-7, err_msg=name)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_file_that_writes_files_as_it_is_loaded_needs_trust(tmp_path: Path) -> None:
    file, mark = torchscript(tmp_path / "net.pt", tmp_path / "mark"), tmp_path / "mark"
    mark.unlink(missing_ok=True)
    for name in (str(file), f"random/{file}"):
        assert entry_of(name).name == name
        with refusal("net.pt is a TorchScript file, which holds code that would run", "--trust"):
            load(name)
        assert not mark.exists()
    load(str(file), trust=True)
    assert mark.read_bytes() == b"A" * 8  # so what is refused above does run


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_file_that_is_no_complete_network_is_one_line(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), str(tmp_path / "net.pt"))
    data = (tmp_path / "net.pt").read_bytes()
    (tmp_path / "net.pt").write_bytes(data.replace(b"Linear", b"Lineal"))
    with refusal("net.pt is no complete TorchScript file"):
        load(str(tmp_path / "net.pt"), trust=True)
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "weights.pth")
    with refusal("weights.pth holds no network", "give this file by --weights"):
        entry_of(str(tmp_path / "weights.pth"))
