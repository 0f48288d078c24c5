"""The AlexNets that NetDissect compared: names, shapes and order of the layers in the published files, run by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.visualize.models.caffe_files import CAFFENET
from tests.visualize.models.networks import fitted
from visualize.models import entry_of
from visualize.models.architectures.netdissect_alexnets import Contrast, Scale

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

# layers in the order of each file, whose numbers count them all; fully connected ones are counted anew
PLAIN = "conv1 relu pool lrn conv2 relu pool lrn conv3 relu conv4 relu conv5 relu pool"
ORDERS = {
    "context": PLAIN,
    "puzzle": PLAIN,
    "objectcentric": f"{PLAIN} | fc6 relu fc7 relu",
    "moving": PLAIN,
    "frameorder": "conv1 relu pool lrn conv2 relu pool lrn conv3 bn relu conv4 bn relu conv5 bn relu pool",
    "tracking": PLAIN,
    "audio": "conv1 bn relu pool lrn conv2 bn relu pool lrn conv3 bn relu conv4 bn relu conv5 bn relu pool",
    "egomotion": "conv1 relu pool bn lrn conv2 relu pool lrn bn conv3 relu bn conv4 relu bn conv5 relu pool bn half "
    "| fc6 relu bn",
}
UNGROUPED = {"conv2": (256, 96, 5, 5), "conv4": (384, 384, 3, 3), "conv5": (256, 384, 3, 3)}
MAPS = {"context": (57, 28, 14, 14, 14)}


def shape_of(layer: str, model: str) -> tuple[int, ...]:
    """The shape of a layer's weights, as it is published."""
    if (model, layer) == ("objectcentric", "fc7"):
        return (1024, 4096)
    return UNGROUPED.get(layer, CAFFENET[layer]) if model == "context" else CAFFENET[layer]


def shapes(model: str) -> dict[str, tuple[int, ...]]:
    """The names and shapes of what the published file holds, in its order."""
    result: dict[str, tuple[int, ...]] = {}
    for group, layers in zip(("features", "classifier"), ORDERS[model].split(" | "), strict=False):
        units = 0
        for number, layer in enumerate(layers.split()):
            name = f"{group}.{number}"
            if layer in CAFFENET:
                units = shape_of(layer, model)[0]
                result |= {f"{name}.weight": shape_of(layer, model), f"{name}.bias": (units,)}
            elif layer == "bn":
                result |= {f"{name}.running_mean": (units,), f"{name}.running_var": (units,)}
                result[f"{name}.num_batches_tracked"] = ()
    return result


def published(model: str) -> dict[str, Tensor]:
    """A state dict with the names, shapes and order of the published file, its numbers drawn at random."""
    generator = torch.Generator().manual_seed(4)
    state = {name: torch.randn(shape, generator=generator) for name, shape in shapes(model).items()}
    for name, value in state.items():
        if name.endswith("weight"):
            value.mul_((2 / np.prod(value.shape[1:])) ** 0.5)
        elif name.endswith("var"):
            value.abs_().add_(0.5)
        elif name.endswith("tracked"):
            state[name] = torch.tensor(0)
    return state


def run(model: str, state: dict[str, Tensor], x: Tensor) -> Tensor:
    """What the published layers make of a picture, one function after the other."""
    for group, layers in zip(("features", "classifier"), ORDERS[model].split(" | "), strict=False):
        x = x.flatten(1) if group == "classifier" else x
        for number, layer in enumerate(layers.split()):
            name = f"{group}.{number}"
            if layer.startswith("conv"):
                size = shape_of(layer, model)[-1]
                margin = (5 if model == "context" else 0) if layer == "conv1" else size // 2
                groups = x.shape[1] // shape_of(layer, model)[1]
                stride = 4 if layer == "conv1" else 1
                x = functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], stride, margin, 1, groups)
            elif layer.startswith("fc"):
                x = functional.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])
            elif layer == "bn":
                mean, variance = (state[f"{name}.running_{key}"] for key in ("mean", "var"))
                place = (1, -1, 1, 1)[: x.ndim]
                x = (x - mean.view(place)) / (variance.view(place) + 1e-5).sqrt()
            elif layer == "pool":
                x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
            elif layer == "lrn":
                x = functional.local_response_norm(x, 5, 1e-4, 0.75, 1.0)
            else:
                x = x.relu() if layer == "relu" else 0.5 * x
    return x


@pytest.mark.parametrize("model", ORDERS)
def test_the_published_file_loads_and_computes_what_its_layers_say(model: str, tmp_path: Path) -> None:
    state, entry = published(model), entry_of(f"{model}-alexnet")
    network = fitted(entry.name, state, tmp_path).eval()
    x = pictures = 60 * torch.randn(1, 3, 227, 227, generator=torch.Generator().manual_seed(1))
    sides = []
    with torch.no_grad():
        for name, layer in network.named_children():
            x = layer(x)
            sides += [x.shape[-1]] if re.fullmatch(r"conv\d", name) else []
        seen = Contrast()(pictures) if model == "context" else pictures
        torch.testing.assert_close(x, run(model, state, seen), rtol=1e-4, atol=1e-4)
    assert tuple(sides) == MAPS.get(model, (55, 27, 13, 13, 13))
    names = [name for name, _ in network.named_children() if name not in {"contrast", "flatten"}]
    kinds = re.sub(r"[\d|]", "", ORDERS[model]).replace("half", "scale").split()
    assert [re.sub(r"\d", "", name) for name in names] == kinds
    assert {"conv1", "conv5", "relu5", "pool5", entry.default_layer} <= set(names)


def test_other_names_of_netdissect_s_tables_are_aliases() -> None:
    assert entry_of("puzzle-alexnet").aliases["conv5_s1"] == "conv5"
    assert entry_of("egomotion-alexnet").aliases["cls_conv5"] == "conv5"


@pytest.mark.parametrize("model", ORDERS)
def test_pictures_are_prepared_as_for_the_conversions(model: str) -> None:
    """RGB in 0..255 minus Caffe's mean, for their first convolutions were turned; the context network kept BGR."""
    preparation = entry_of(f"{model}-alexnet").preparation
    red = torch.zeros(1, 3, 1, 1)
    red[:, 0] = 1
    channels = preparation(red).flatten().tolist()
    if model == "context":
        assert channels == [0.0, 0.0, 1.0]
    else:
        mean = (123.0, 117.0, 104.0) if model == "audio" else (122.67891434, 116.66876762, 104.00698793)
        assert channels == pytest.approx([255 - mean[0], -mean[1], -mean[2]])
    assert (preparation.size, preparation.resize) == ((227, 227), None)


def test_contrast_is_that_of_doersch_et_al() -> None:
    """Each channel minus its mean, over the root of the mean square of all three, times 50: written out in float64."""
    pictures = np.random.default_rng(2).uniform(0, 1, (2, 3, 9, 7)) * np.array([1.0, 255.0]).reshape(2, 1, 1, 1)
    seen = Contrast()(torch.from_numpy(pictures)).numpy()
    for picture, result in zip(pictures, seen, strict=True):
        varied = picture - picture.mean((1, 2), keepdims=True)
        np.testing.assert_allclose(result, 50 * varied / np.sqrt(np.mean(varied**2)))
    plain = torch.full((1, 3, 4, 4), 0.5, requires_grad=True)
    Contrast()(plain).sum().backward()
    assert plain.grad is not None
    assert not Contrast()(plain).any()
    assert plain.grad.isfinite().all()


def test_scale_multiplies() -> None:
    numbers = torch.tensor([-2.0, 0.0, 3.0])
    torch.testing.assert_close(Scale(0.5)(numbers), numbers / 2)


@pytest.mark.parametrize("model", ORDERS)
def test_the_file_s_size_and_hash_are_as_its_weights_and_its_name_say(model: str) -> None:
    entry = entry_of(f"{model}-alexnet")
    stem = re.fullmatch(r"alexnet-weakly_(\w+)-([0-9a-f]{8,10})\.pt", entry.file)
    assert stem is not None
    assert entry.sha256 == stem[2]
    assert entry.sources[0].endswith(f"/v2.0/{entry.file}")
    weights = sum(int(np.prod(shape)) for shape in shapes(model).values())
    assert entry.size == pytest.approx(4 * weights, rel=0.03)
    assert entry.notes[1].startswith("converted from NetDissect's Caffe file; its author found it to agree forward")
    assert ("gradients to differ" in entry.notes[1]) == (model in {"audio", "egomotion"})
