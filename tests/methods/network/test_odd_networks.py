"""Networks that are wrapped, compiled, quantised, sparse, complex or of an unusual dtype: right, or a line."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.ao import quantization
from torch.distributed import FileStore  # type: ignore[attr-defined]
from torch.optim.swa_utils import AveragedModel
from torch.utils.checkpoint import checkpoint

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from visualize.methods import GradientAscent, InputError, Preparation, Probe, Saliency, Stack, TopImages, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def plain() -> nn.Sequential:
    layers = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 4, 3), nn.ReLU())
    return seeded(layers).eval()


def _compiled() -> nn.Module:
    return cast("nn.Module", torch.compile(plain(), backend="eager"))


def _compiled_and_run() -> nn.Module:
    network = _compiled()
    with torch.no_grad():
        network(pictures(2, SIZE))
    return network


def _compiled_in_place() -> nn.Module:
    network = plain()
    network.compile(backend="eager")
    return network


def _compiled_within() -> nn.Module:
    network = plain()
    network[3] = cast("nn.Module", torch.compile(network[3], backend="eager"))
    network(pictures(1, SIZE))
    return network


def _parallel() -> nn.Module:
    return nn.DataParallel(plain())


def _averaged() -> nn.Module:
    return AveragedModel(plain())


class Adapted(nn.Module):
    """A convolution with a low-rank addition."""

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base, self.down, self.up = base, nn.Conv2d(6, 2, 3, bias=False), nn.Conv2d(2, 4, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.base(x) + 0.5 * self.up(self.down(x))
        return output


def _adapted() -> nn.Module:
    network = plain()
    network[3] = Adapted(network[3])
    return network


class Within(nn.Module):
    """Runs a network in an unusual way."""

    def __init__(self, run: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        self.inner, self.run = plain(), run

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self.inner, x)


def _doubled(network: nn.Module, x: Tensor) -> Tensor:
    weights = {name: 2 * weight for name, weight in network.named_parameters()}
    return cast("Tensor", torch.func.functional_call(network, weights, (x,)))


def _functional() -> nn.Module:
    return Within(_doubled)


def _checkpointed() -> nn.Module:
    return Within(lambda network, x: checkpoint(network, x, use_reentrant=False))


class Spectral(nn.Module):
    """Multiplies a spectrum by complex weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()
        self.weight = nn.Parameter(torch.full((4, SIZE[0], SIZE[1] // 2 + 1), 1 + 0.1j))

    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft2(self.conv(x)) * self.weight
        output: Tensor = self.out(torch.fft.irfft2(spectrum, s=SIZE))
        return output


def _eighths() -> nn.Module:
    """Has numbers of eight bits before all others, in which no picture is computed."""
    network = Within(lambda inner, x: inner(x))
    network._parameters["first"] = nn.Parameter(torch.ones(3).to(torch.float8_e4m3fn), requires_grad=False)
    return network


class Sparse(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.register_buffer("mixing", torch.eye(4).flip(0).to_sparse())

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("oc,nchw->nohw", self.get_buffer("mixing").to_dense(), self.conv(x))


def _tied() -> nn.Module:
    network = nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU(), nn.Conv2d(3, 3, 3), nn.ReLU())
    network[2].weight = network[0].weight
    return seeded(network)


ODD: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "compiled": (_compiled, "_orig_mod.4"),
    "compiled and run": (_compiled_and_run, "_orig_mod.3"),
    "compiled in place": (_compiled_in_place, "3"),
    "compiled within": (_compiled_within, "4"),
    "parallel": (_parallel, "module.3"),
    "averaged": (_averaged, "module.3"),
    "adapted": (_adapted, "3"),
    "functional": (_functional, "inner.3"),
    "checkpointed": (_checkpointed, "inner.4"),
    "complex within": (Spectral, "out"),
    "numbers of eight bits": (_eighths, "inner.3"),
    "sparse": (Sparse, "conv"),
    "tied": (_tied, "3"),
    "half": (lambda: plain().half(), "4"),
    "bfloat16": (lambda: plain().bfloat16(), "4"),
    "double": (lambda: plain().double(), "4"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_network_is_seen_as_plain_hooks_see_it(name: str) -> None:
    make, layer = ODD[name]
    network = make()
    probe = Probe(network, prepare=Preparation(SIZE))
    seen = probe.activations(pictures(2, SIZE), [layer])[layer]
    kinds = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    dtype = next(weight.dtype for weight in network.parameters() if weight.dtype in kinds)
    wanted = seen_by(network, (layer,), pictures(2, SIZE).to(dtype))[layer].detach()
    assert seen.dtype == dtype
    torch.testing.assert_close(seen, wanted)


@pytest.mark.parametrize("name", ODD)
def test_it_is_looked_at_by_several_methods(name: str) -> None:
    make, layer = ODD[name]
    probe, unit = Probe(make(), prepare=Preparation(SIZE)), Unit(layer, 1)
    photographs = Stack([np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8) for seed in range(3)])
    for method in (GradientAscent(steps=2), Saliency(count=2), TopImages(count=2)):
        result: Any = method(probe, unit, photographs)[0]
        assert np.isfinite(result.activations).all()


def test_a_network_that_is_trained_on_several_machines_is_run_as_it_is(tmp_path: Path) -> None:
    if not torch.distributed.is_available():
        pytest.skip("torch was built without distributed")
    store = FileStore(str(tmp_path / "store"), 1)
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        network = nn.parallel.DistributedDataParallel(plain())
        probe = Probe(network, prepare=Preparation(SIZE))
        seen = probe.activations(pictures(1, SIZE), ["module.3"])["module.3"]
    finally:
        torch.distributed.destroy_process_group()
    torch.testing.assert_close(seen, plain()[:4](pictures(1, SIZE)).detach())


class Quantised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()
        self.conv, self.relu = nn.Conv2d(3, 6, 3, padding=1), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.dequant(self.relu(self.conv(self.quant(x))))
        return output


@pytest.fixture
def quantised() -> Iterator[nn.Module]:
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = [name for name in torch.backends.quantized.supported_engines if name != "none"][
        -1
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch deprecates it
        network = seeded(Quantised()).eval()
        network.qconfig = quantization.get_default_qconfig(torch.backends.quantized.engine)  # type: ignore[no-untyped-call]
        quantization.prepare(network, inplace=True)  # type: ignore[no-untyped-call]
        network(torch.cat([pictures(4, SIZE), torch.zeros(1, 3, *SIZE), torch.ones(1, 3, *SIZE)]))
        yield quantization.convert(network)  # type: ignore[no-untyped-call]
    torch.backends.quantized.engine = before


def test_a_quantised_network_is_looked_at_by_the_numbers_that_it_stands_for(quantised: nn.Module) -> None:
    probe = Probe(quantised, prepare=Preparation(SIZE))
    seen = probe.activations(pictures(2, SIZE), ["conv"])["conv"]
    kept: list[Tensor] = []
    with quantised.get_submodule("conv").register_forward_hook(lambda _m, _i, output: kept.append(output)):
        quantised(pictures(2, SIZE))
    torch.testing.assert_close(seen, kept[0].dequantize(), rtol=0, atol=0)
    photographs = Stack([(255 * picture.permute(1, 2, 0)).byte().numpy() for picture in pictures(3, SIZE)])
    (top,) = TopImages(count=3)(probe, Unit("conv", 2), photographs)
    assert top.facts()
    with pytest.raises(InputError, match="no gradient leads from conv"):
        Saliency()(probe, Unit("conv", 2), photographs)


class Turned(nn.Module):
    """Has a layer that gives complex numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.turn, self.out = nn.Conv2d(3, 4, 3), nn.Identity(), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.out(self.turn(torch.complex(self.conv(x), x[:, :1, 2:, 2:].expand(-1, 4, -1, -1))).abs())
        return output


def test_a_layer_of_complex_numbers_is_none_to_look_at() -> None:
    network = seeded(Turned())
    probe = Probe(network, prepare=Preparation(SIZE))
    assert "turn" not in probe.layers
    seen = probe.activations(pictures(2, SIZE), ["out"])["out"]
    torch.testing.assert_close(seen, seen_by(network, ("out",), pictures(2, SIZE))["out"].detach())


class Signs(nn.Module):
    """Has a layer that gives yes or no."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.sign = nn.Conv2d(3, 4, 3), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.sign(self.conv(x) > 0)
        return output.float().mean((2, 3))


def test_a_layer_of_yes_and_no_is_looked_at() -> None:
    network, shown = seeded(Signs()).eval(), pictures(2, SIZE)
    seen = Probe(network, prepare=Preparation(SIZE)).activations(shown, ["sign"])["sign"]
    assert torch.equal(seen, network.conv(shown) > 0)


class Numbered(nn.Module):
    """Modules whose own names are like those of the runs of another one."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("x#0", "x", "x#1"):
            self.add_module(name, nn.Conv2d(3, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        parts = dict(self.named_children())
        for name in ("x#0", "x#0", "x", "x", "x#1"):
            x = parts[name](x)
        return x


@pytest.mark.parametrize("optimise", [False, True])
def test_modules_with_numbers_in_their_names_are_told_from_runs(optimise: bool) -> None:  # noqa: FBT001 (a case)
    network, shown = seeded(Numbered()).eval(), pictures(2, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE), optimise=optimise)
    names = ["x#0#0", "x#0#1", "x#0", "x#1", "x#1#0"]
    assert list(probe.layers) == names
    given, wanted, parts = probe.activations(shown, names), shown, dict(network.named_children())
    for name, part in zip(names, ("x#0", "x#0", "x", "x", "x#1"), strict=True):
        wanted = parts[part](wanted)
        torch.testing.assert_close(given[name], wanted.detach())
        torch.testing.assert_close(probe.activations(shown, [name])[name], wanted.detach())


class _Forward(torch.autograd.Function):
    """Has no way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's)
        return 2 * x


class _Failing(_Forward):
    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:  # noqa: ANN401, ARG004 (torch's)
        raise ValueError("a gradient of one's own\nfails")


BACK: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "none": (_Forward.apply, "an autograd.Function of its own has no backward"),
    "failing": (_Failing.apply, "ValueError: a gradient of one's own fails"),
    "re-entrant": (
        lambda x: checkpoint(torch.sin, x, use_reentrant=True),
        r"use_reentrant=True\), which gives no gradient of a picture",
    ),
}


@pytest.mark.parametrize("kind", BACK)
def test_a_way_back_that_fails_in_the_networks_own_code_is_told_in_a_line(kind: str) -> None:
    within, words = BACK[kind]
    network = Within(lambda inner, x: within(inner(x)))
    network.add_module("last", nn.Identity())
    network.run = lambda inner, x: network.get_submodule("last")(within(inner(x)))
    probe, unit, shown = Probe(network, prepare=Preparation(SIZE)), Unit("last", 1), pictures(1, SIZE)
    assert probe.layer("last").units == 4
    photographs = Stack([(255 * picture.permute(1, 2, 0)).byte().numpy() for picture in pictures(3, SIZE)])
    top: Any = TopImages(count=2)(probe, unit, photographs)[0]
    assert np.isfinite(top.activations).all()
    for look in (
        lambda: probe.gradients(shown, unit),
        lambda: Saliency(count=1)(probe, unit, photographs),
        lambda: GradientAscent(steps=1)(probe, unit),
    ):
        with pytest.raises(InputError, match=words):
            look()


def test_modules_within_a_vmap_are_told() -> None:
    network = Within(lambda inner, x: torch.vmap(lambda picture: inner(picture[None])[0])(x))
    with pytest.raises(InputError, match=r"no module of the network \(Within\).*within torch\.vmap"):
        Probe(network, prepare=Preparation(SIZE)).layers  # noqa: B018 (asked for)


def _exported() -> Any:  # noqa: ANN401 (torch leaves it open)
    batch = torch.export.Dim("batch", min=1, max=16)
    return torch.export.export(plain(), (pictures(2, SIZE),), dynamic_shapes=({0: batch},), strict=False)


@pytest.mark.parametrize("of", [lambda program: program, lambda program: program.module()])
def test_an_exported_program_is_told_what_to_give(of: Callable[[Any], nn.Module]) -> None:
    with pytest.raises(InputError, match=r"torch\.export\.unflatten"):
        Probe(of(_exported()), prepare=Preparation(SIZE)).layers  # noqa: B018 (asked for)


def test_an_exported_program_can_be_looked_into_once_it_has_modules() -> None:
    program = _exported()
    probe = Probe(torch.export.unflatten(program), prepare=Preparation(SIZE))
    seen = probe.activations(pictures(2, SIZE), ["3"])["3"]
    torch.testing.assert_close(seen.detach(), plain()[:4](pictures(2, SIZE)).detach())
    (convolved, *_) = [node.meta["val"] for node in program.graph.nodes if node.op == "call_function"]
    assert isinstance(convolved.shape[0], torch.SymInt)  # the program still takes any number of pictures


@pytest.mark.parametrize("network", [nn.Sequential(nn.LazyConv2d(3, 3)), plain().to("meta"), object()])
def test_what_has_no_values_or_is_no_network_is_told(network: Any) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match=r"has no shape yet|has no values|not a object"):
        Probe(network, prepare=Preparation(SIZE)).layers  # noqa: B018 (asked for)
