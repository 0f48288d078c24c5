"""A network that takes no picture is told why, and what is advised then works."""

from __future__ import annotations

import re
import types
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from tests.kit.shared import shared
from visualize.methods.errors import InputError, NetworkWarning
from visualize.methods.network.examination.inputs import refusal
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.models import load

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 64


class _Asking(nn.Module):
    """A convolution whose picture comes in some other way.

    Args:
        forward: what is done with the convolution and the inputs.
    """

    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=4)
        self.forward = types.MethodType(forward, self)  # its arguments are what is tested


def _pair(self: Any, left: Tensor, right: Tensor) -> Any:  # noqa: ANN401 (a module)
    return self.conv(left) - self.conv(right)


def _masked(self: Any, picture: Tensor, *, scale: float) -> Any:  # noqa: ANN401 (a module)
    return self.conv(picture) * scale


def _conditioned(self: Any, picture: Tensor, time: Tensor, label: Tensor) -> Any:  # noqa: ANN401 (a module)
    return self.conv(picture) * time[:, None] + label


def _keyword(self: Any, input_ids: Tensor | None = None, pixel_values: Tensor | None = None) -> Any:  # noqa: ANN401
    return self.conv(pixel_values)


def _dictionary(self: Any, batch: dict[str, Tensor]) -> Any:  # noqa: ANN401 (a module)
    return self.conv(batch["image"]) + batch.get("depth", torch.zeros(())).mean()


def _record(self: Any, batch: Any) -> Any:  # noqa: ANN401 (a module)
    return self.conv(batch.pixels)


def _listed(self: Any, pictures: list[Tensor]) -> Any:  # noqa: ANN401 (a module)
    if not isinstance(pictures, list):
        raise TypeError("pictures come as a list")
    return [self.conv(picture[None]) for picture in pictures]


def _clip(self: Any, frames: Tensor) -> Any:  # noqa: ANN401 (a module)
    batch, time, channels, height, width = frames.shape
    return self.conv(frames.reshape(batch * time, channels, height, width)).unflatten(0, (batch, time)).mean(1)


def _lenet() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 12 * 12, 10))


REASONS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "two pictures": (lambda: _Asking(_pair), r"two pictures \(left, right\).*self\.network\(left, right=left\)"),
    "by keyword only": (lambda: _Asking(_masked), r"2 inputs \(picture, scale\).*\(picture, scale=\.\.\.\)"),
    "three inputs": (lambda: _Asking(_conditioned), r"3 inputs \(picture, time, label\)"),
    "another argument": (lambda: _Asking(_keyword), r"argument pixel_values, and the first is input_ids"),
    "dictionary": (lambda: _Asking(_dictionary), r"dictionary with 'image' and 'depth'"),
    "record": (lambda: _Asking(_record), r"record with pixels"),
    "list": (lambda: _Asking(_listed), r"a list of pictures.*self\.network\(list\(picture\)\)"),
    "frames": (lambda: _Asking(_clip), r"clips, N x T x 3 x H x W"),
    "four channels": (lambda: nn.Sequential(nn.Conv2d(4, 8, 5), nn.ReLU()), r"takes 4 channels.*\* 2, 1\)\[:, :4\]"),
    "thirteen": (lambda: nn.Sequential(nn.Conv2d(13, 8, 5), nn.ReLU()), r"takes 13 channels, and .* gives 3"),
    "grey": (lambda: nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU()), r'takes 1 channel,.*order="L"'),
    "small and grey": (_lenet, r'1 channel of 28 x 28.*size=\(28, 28\), order="L"'),
    "another size": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 5)), r"1 \(Linear\).*size=\(32, 32\)"),
    "volumes": (lambda: nn.Sequential(nn.Conv3d(3, 8, 3, stride=2), nn.ReLU()), r"clips or volumes, N x 3 x T x H x W"),
    "generator": (
        lambda: nn.Sequential(nn.Linear(64, 128), nn.Unflatten(1, (8, 4, 4)), nn.ConvTranspose2d(8, 3, 4, 2, 1)),
        r"generator.*vectors of 64 numbers",
    ),
    "transposed": (lambda: nn.Sequential(nn.ConvTranspose2d(100, 8, 4), nn.ReLU()), r"generator.*of 100 numbers"),
    "vector": (lambda: nn.Sequential(nn.Linear(37, 8), nn.ReLU()), r"takes 37 numbers for each picture"),
    "signal": (lambda: nn.Sequential(nn.Conv1d(2, 8, 9), nn.ReLU()), r"takes signals, N x 2 x length"),
    "words": (lambda: nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2)), r"numbers of words"),
    "no forward": (lambda: nn.ModuleList([nn.Conv2d(3, 4, 3)]), r"ModuleList has no forward"),
    "mixed": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3).double()), r"float32 and torch\.float64"),
    "broken": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 2)),
        r"in 3 \(Linear\).*no other size",
    ),
    "several at once": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(4, track_running_stats=False)
        ),
        r"on several pictures at once and not on one alone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REASONS)
def test_the_true_reason_is_given(name: str) -> None:
    make, words = REASONS[name]
    given = refusal(make().eval(), torch.zeros(1, 3, SIDE, SIDE))
    assert re.search(words, given)
    assert "\n" not in given


def test_a_network_that_takes_pictures_is_not_refused() -> None:
    assert refusal(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), torch.zeros(1, 3, SIDE, SIDE)) == ""


def test_a_probe_says_it_in_its_error() -> None:
    probe = Probe(nn.Sequential(nn.Conv2d(4, 8, 5), nn.ReLU()), prepare=Preparation((SIDE, SIDE)))
    with pytest.raises(InputError, match=r"^the network \(Sequential\) does not run on an input of .*takes 4 channels"):
        probe.units("0")


class _Wrapped(nn.Module):
    """The wrapper that is advised for a network of four channels."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        output: Tensor = self.network(torch.cat([picture] * 2, 1)[:, :4])
        return output


def test_the_advice_helps() -> None:
    grey = Probe(_lenet(), prepare=Preparation(size=(28, 28), order="L", mean=(0.5,), std=(0.5,)))
    assert grey.layer("logits").units == 10
    wrapped = Probe(_Wrapped(nn.Sequential(nn.Conv2d(4, 8, 5), nn.ReLU())), prepare=Preparation((SIDE, SIDE)))
    assert list(wrapped.layers) == ["network.0", "network.1", "network"]


REPORTED = {
    "siamese": "two pictures", "dicts": "dictionary with 'image'", "keyword": "argument pixel_values",
    "rgbd": "takes 4 channels", "hyper": "takes 13 channels", "grey": "takes 1 channel", "video": "clips or volumes",
    "generator": "is a generator", "dcgan": "is a generator",
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTED)
def test_reported_networks_are_told_the_true_reason(name: str) -> None:
    file = shared("reports/15-inputs-of-another-kind/mynet.py")
    with pytest.raises(InputError, match=REPORTED[name]):
        load(f"{file}:{name}").units("logits")


@pytest.mark.parametrize(("kernel", "pool", "last"), [(7, 2, 5), (3, 3, 4), (5, 1, 11)])
def test_a_picture_that_is_too_small_is_told_the_smallest_that_is_not(kernel: int, pool: int, last: int) -> None:
    """``(side - kernel + 1) // pool >= last`` is what the chain takes."""
    chain = nn.Sequential(nn.Conv2d(3, 2, kernel), nn.MaxPool2d(pool), nn.Conv2d(2, 2, last))
    smallest = last * pool + kernel - 1
    side = kernel
    with pytest.warns(NetworkWarning, match=rf"runs on {smallest} x {smallest}, the smallest .*--size {smallest}\)"):
        assert "2" not in Probe(chain, prepare=Preparation((side, side))).layers
