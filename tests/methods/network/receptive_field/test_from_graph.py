"""Receptive fields against the support of the gradient, and against published sizes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.kit.networks import Mistraced, seeded
from tests.kit.plain_hooks import seen_by
from visualize.methods.errors import UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.receptive_field.field import ReceptiveField
from visualize.methods.network.receptive_field.from_graph import fields
from visualize.methods.network.run.graph import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visualize.methods.network.receptive_field.field import Window


def _open(network: nn.Module) -> nn.Module:
    """The same geometry, all paths open: positive weights, no rectifiers, pools that let all that they see through."""
    copied = copy.deepcopy(network).double().eval()
    for module in list(copied.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                pool = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode)
                setattr(module, name, pool)
            elif isinstance(child, nn.ReLU | nn.Dropout | nn.LocalResponseNorm):
                setattr(module, name, nn.Identity())
            elif isinstance(child, nn.Conv2d):
                fan = child.weight[0].numel()
                with torch.no_grad():
                    child.weight.copy_((0.5 + torch.rand(child.weight.shape, dtype=torch.float64)) / fan)
    return copied


@dataclass(frozen=True, eq=False)
class _Seen:
    """Maps of a network with all paths open, and the picture that they are of."""

    inputs: Tensor
    maps: Mapping[str, Tensor]


def _seen(network: nn.Module, layers: tuple[str, ...], size: tuple[int, int]) -> _Seen:
    inputs = (0.5 + torch.rand(1, 3, *size, dtype=torch.float64)).requires_grad_()
    return _Seen(inputs, seen_by(_open(network), layers, inputs))


def _support(seen: _Seen, layer: str, position: tuple[int, int]) -> Window:
    """The smallest window that holds every pixel with a gradient."""
    score = seen.maps[layer][0, :, position[0], position[1]].sum()
    (gradient,) = torch.autograd.grad(score, seen.inputs, retain_graph=True)
    strength = gradient[0].abs().sum(0)
    rows, columns = strength.sum(1).nonzero().flatten(), strength.sum(0).nonzero().flatten()
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _places(rows: int, columns: int) -> set[tuple[int, int]]:
    """Corners, one place on a border and two within."""
    inner = {(rows // 2, columns // 2), (rows // 3, columns // 4), (0, columns // 2)}
    return inner | {(0, 0), (rows - 1, columns - 1), (0, columns - 1), (rows - 1, 0)}


def _check(network: nn.Module, layers: tuple[str, ...], size: tuple[int, int]) -> None:
    probe, seen = Probe(network, prepare=Preparation(size)), _seen(network, layers, size)
    for name in layers:
        layer = probe.layer(name)
        assert layer.field is not None
        for place in _places(*layer.map_size):
            assert layer.field.window(*place, size) == _support(seen, name, place), (name, place)


class _Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 2, 3, stride=2)
        self.small = nn.Conv2d(2, 2, 1)
        self.large = nn.Conv2d(2, 2, 5, padding=2)
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.mixed = nn.Identity()
        self.out = nn.Conv2d(6, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.mixed(torch.cat([self.small(x), self.large(x), self.pool(x)], 1))
        y: Tensor = self.out(x)
        return y


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.down = nn.Conv2d(3, 4, 1, stride=2)
        self.end = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.end(self.conv2(self.conv1(x)) + self.down(x))
        return y


class _Permuted(nn.Module):
    """Channels last in the middle, as convnext has it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 5, stride=2, padding=1)
        self.linear = nn.Linear(4, 6)
        self.deep = nn.Conv2d(6, 2, (3, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(self.conv(x).permute(0, 2, 3, 1))
        y: Tensor = self.deep(x.permute(0, 3, 1, 2))
        return y


class _Pools(nn.Module):
    """Pools as functions, their arguments in several forms."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3, padding="same", dilation=2)
        self.end = nn.Conv2d(2, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(self.conv(x), 3, 2, 1, ceil_mode=True)
        y: Tensor = self.end(F.avg_pool2d(x, kernel_size=(2, 3), stride=(1, 2)))
        return y


class _Own(nn.Conv2d):
    """A convolution of one's own class, which calls torch's."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


class _Standardised(nn.Conv2d):
    """Weights of mean 0 and deviation 1, as Qiao et al. 2019 have them."""

    def forward(self, x: Tensor) -> Tensor:
        mean, deviation = self.weight.mean((1, 2, 3), keepdim=True), self.weight.std((1, 2, 3), keepdim=True)
        return F.conv2d(x, (self.weight - mean) / (deviation + 1e-5), self.bias, self.stride, padding=self.padding)


class _Reshaped(nn.Conv2d):
    """Weights that are normalised in another shape, as timm's networks have them."""

    def forward(self, x: Tensor) -> Tensor:
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(rows, None, None, training=True).reshape_as(self.weight)
        return F.conv2d(x, weight, self.bias, padding="same", dilation=self.dilation)


class _Listed(nn.Conv2d):
    """Numbers as a list, and everything by its name."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(input=x, weight=self.weight.view_as(other=self.weight), stride=[2, 1], padding=[1, 2])


class _Computed(nn.Conv2d):
    """A padding that the picture's height says."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, self.bias, [2, 2], [x.shape[2] // x.shape[2], 1])


_GEOMETRIES: dict[str, tuple[nn.Module, tuple[str, ...]]] = {
    "kernels and strides": (
        nn.Sequential(nn.Conv2d(3, 2, (5, 2), (2, 3)), nn.Conv2d(2, 2, (2, 3), (1, 2))),
        ("0", "1"),
    ),
    "dilation": (nn.Sequential(nn.Conv2d(3, 2, 3, dilation=(3, 2)), nn.Conv2d(2, 2, 3, dilation=2)), ("0", "1")),
    "one-sided padding": (
        nn.Sequential(nn.ZeroPad2d((2, 0, 1, 3)), nn.Conv2d(3, 2, 4, 2), nn.Conv2d(2, 2, 3)),
        ("1", "2"),
    ),
    "even kernel, same": (
        nn.Sequential(nn.Conv2d(3, 2, 4, padding="same"), nn.Conv2d(2, 1, 2, padding="valid")),
        ("0", "1"),
    ),
    "pools that round up": (
        nn.Sequential(nn.Conv2d(3, 2, 3, 2), nn.MaxPool2d(3, 2, ceil_mode=True), nn.AvgPool2d(2, 2, 1, ceil_mode=True)),
        ("1", "2"),
    ),
    "inception": (_Inception(), ("mixed", "out")),
    "residual": (_Residual(), ("conv2", "end")),
    "channels last": (_Permuted(), ("conv", "deep")),
    "functions": (_Pools(), ("conv", "end")),
    "own convolutions": (
        nn.Sequential(_Own(3, 4, (3, 5), 2, 1), _Standardised(4, 4, 3, 2, 2), _Reshaped(4, 2, (3, 2), dilation=(2, 1))),
        ("0", "1", "2"),
    ),
    "own convolutions, named": (nn.Sequential(_Listed(3, 4, (3, 5)), nn.Conv2d(4, 2, 2)), ("0", "1")),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("size", [(39, 47), (63, 43)])
@pytest.mark.parametrize("name", _GEOMETRIES)
def test_the_window_is_the_support_of_the_gradient(name: str, size: tuple[int, int]) -> None:
    """At sizes at which no pixel is left over at a border; where some are, the next test says what holds."""
    network, layers = _GEOMETRIES[name]
    _check(network, layers, size)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("size", [(36, 44), (62, 41), (37, 42)])
@pytest.mark.parametrize("name", _GEOMETRIES)
def test_a_window_that_reaches_no_border_is_exact_and_others_hold_the_support(name: str, size: tuple[int, int]) -> None:
    network, layers = _GEOMETRIES[name]
    probe, seen = Probe(network, prepare=Preparation(size)), _seen(network, layers, size)
    for layer in layers:
        described = probe.layer(layer)
        assert described.field is not None
        for place in _places(*described.map_size):
            window, support = described.field.window(*place, size), _support(seen, layer, place)
            for side, border in enumerate((0, 0, *size)):
                exact = window[side] == support[side]
                assert exact or (window[side] == border and (window[side] < support[side]) is (side < 2))


_REAL: dict[str, tuple[Callable[..., nn.Module], tuple[int, int], tuple[str, ...]]] = {
    "alexnet": (
        torchvision.models.alexnet,
        (127, 143),
        ("features.0", "features.2", "features.5", "features.8", "features.12"),
    ),
    "squeezenet1_1": (
        torchvision.models.squeezenet1_1,
        (95, 111),
        ("features.2", "features.4", "features.9", "features.12"),
    ),
    "resnet18": (torchvision.models.resnet18, (96, 112), ("maxpool", "layer1", "layer2.0.conv1", "layer2", "layer3.0")),
    "vgg11": (torchvision.models.vgg11, (48, 64), ("features.2", "features.8", "features.13", "features.18")),
}


@pytest.mark.parametrize("name", _REAL)
def test_the_window_is_the_support_in_torchvisions_networks(name: str) -> None:
    make, size, layers = _REAL[name]
    with torch.device("meta"):
        network = make(weights=None, num_classes=2)
    if hasattr(network, "avgpool"):  # the classifier is not looked at: let it be cheap
        network.avgpool, network.classifier = nn.Identity(), nn.Identity()
        network.fc = nn.Identity()
    _check(seeded(network.to_empty(device="cpu")), layers, size)


def _caffenet() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, 8, 11, 4), nn.ReLU(), nn.MaxPool2d(3, 2), nn.LocalResponseNorm(5)),
        *(nn.Conv2d(8, 8, 5, padding=2, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.LocalResponseNorm(5)),
        *(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
    )


def _first_resnet(make: Callable[..., nn.Module]) -> nn.Module:
    """As published in 2015: the stride lies in a block's first convolution; torchvision has it in the second."""
    network = make(weights=None)
    for name in ("layer2", "layer3", "layer4"):
        block = network.get_submodule(f"{name}.0")
        first, second = block.get_submodule("conv1"), block.get_submodule("conv2")
        assert isinstance(first, nn.Conv2d)
        assert isinstance(second, nn.Conv2d)
        first.stride, second.stride = second.stride, first.stride
    return network


@pytest.mark.parametrize(
    ("make", "layer", "size", "stride"),
    [
        (_caffenet, "12", 163, 16),
        (_caffenet, "14", 195, 32),
        (lambda: torchvision.models.vgg16(weights=None), "features.28", 196, 16),
        (lambda: torchvision.models.vgg16(weights=None), "features.30", 212, 32),
        (lambda: _first_resnet(torchvision.models.resnet50), "layer4", 483, 32),
        (lambda: _first_resnet(torchvision.models.resnet101), "layer4", 1027, 32),
        (lambda: _first_resnet(torchvision.models.resnet152), "layer4", 1507, 32),
    ],
)
def test_fields_have_the_published_sizes(make: Callable[[], nn.Module], layer: str, size: int, stride: int) -> None:
    """Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", table 1."""
    with torch.device("meta"):
        graph = trace(make().eval())
    assert graph is not None
    field = fields(graph, (224, 224))[layer]
    assert (field.size, field.stride) == ((size, size), (stride, stride))


class _Along(nn.Module):
    """Two maps put below each other, one of them upside down: rows that do not follow the picture's."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3, padding=1)
        self.end = nn.Conv2d(2, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        y: Tensor = self.end(torch.cat([x, x.flip(2)], 2))
        return y


def test_rows_that_do_not_follow_the_pictures_have_no_map_and_no_field() -> None:
    torch.manual_seed(3)  # with which the places that change most seem to follow the picture
    probe = Probe(_Along(), prepare=Preparation((24, 18)))
    assert probe.unmapped["end"].shape == (1, 2, 48, 18)
    with pytest.raises(UnitError, match="end has no map"):
        probe.layer("end")


class _Last(nn.Module):
    """A map to which something is done with its channels last."""

    def __init__(self, done: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.end, self.done = nn.Conv2d(3, 4, 3), nn.Identity(), done

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.end(self.done(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2))
        return y


class _Switched(nn.Module):
    """Puts its norm into training whenever it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        self.norm.train()
        y: Tensor = self.norm(self.conv(x))
        return y


@pytest.mark.filterwarnings("ignore:a picture's activations depend")
@pytest.mark.parametrize(
    ("network", "layer"),
    [
        (_Last(nn.LayerNorm([22, 16, 4])), "end"),
        (_Last(lambda x: F.layer_norm(x, (22, 16, 4))), "end"),
        (_Last(lambda x: F.local_response_norm(x, 5, alpha=1.0)), "end"),
        (_Last(nn.Softmax2d()), "end"),
        (_Last(lambda x: F.batch_norm(x, None, None, training=True)), "end"),
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False), nn.Identity()), "2"),
        (_Switched(), "norm"),
        (Mistraced(), "deep"),
        (nn.Sequential(nn.Conv2d(3, 2, 3, padding=1, padding_mode="circular")), "0"),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(4), nn.Conv2d(2, 2, 1)), "2"),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.Upsample(scale_factor=2), nn.Conv2d(2, 2, 1)), "2"),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.InstanceNorm2d(2, affine=True), nn.Conv2d(2, 2, 1)), "2"),
        (nn.Sequential(_Computed(3, 2, 3), nn.Conv2d(2, 2, 1)), "1"),
    ],
)
def test_a_field_that_cannot_be_derived_is_never_too_small(network: nn.Module, layer: str) -> None:
    size = (24, 18)
    described, seen = Probe(network, prepare=Preparation(size)).layer(layer), _seen(network, (layer,), size)
    for place in _places(*described.map_size):
        top, left, bottom, right = (0, 0, *size) if described.field is None else described.field.window(*place, size)
        above, before, below, after = _support(seen, layer, place)
        assert max(top - above, left - before, below - bottom, after - right) <= 0


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 8), st.integers(1, 8)),
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)),
    st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
def test_windows_lie_within_the_input_and_hold_the_pixels_around_the_centre(
    size: tuple[int, int], stride: tuple[int, int], corner: tuple[int, int], place: tuple[int, int]
) -> None:
    """The window holds just those pixels of the input that are within half a field of the centre."""
    shape = (50, 61)
    offset = (corner[0] + (size[0] - 1) / 2, corner[1] + (size[1] - 1) / 2)
    field = ReceptiveField(size, stride, offset)
    top, left, bottom, right = field.window(*place, shape)
    assert 0 <= top < bottom <= shape[0]
    assert 0 <= left < right <= shape[1]
    for axis, (low, high) in enumerate(((top, bottom), (left, right))):
        near = [at for at in range(shape[axis]) if abs(at - field.centre(*place)[axis]) <= (size[axis] - 1) / 2]
        assert not near or (near[0], near[-1] + 1) == (low, high)
