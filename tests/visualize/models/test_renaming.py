"""Publishers' names of weights -> the network's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from tests.kit.refusal import refusal
from tests.kit.shared import shared
from tests.visualize.models.networks import same
from visualize.models import entry_of, load, renaming
from visualize.models.loading import build
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def test_vgg16_s_layers_are_known_by_their_aliases_in_caffe_s_and_in_dissect_s_layout() -> None:
    """Small tensors stand for the large ones: only names are at stake. conv5_3 is features.28, fc8a classifier.6."""
    with torch.device("meta"):
        names = list(network("vgg16").state_dict())
    papers = [f"conv{block}_{n}" for block, count in enumerate((2, 2, 3, 3, 3), 1) for n in range(1, count + 1)]
    caffe = [f"{layer}.{part}" for layer in (*papers, "fc6", "fc7", "fc8a") for part in ("weight", "bias")]
    dissect = [f"{'features' if name.startswith('conv') else 'classifier'}.{name}" for name in caffe]
    for given, model in ((caffe, "places-vgg16"), (dissect, "places-vgg16-dissect")):
        state = {name: torch.tensor(float(number)) for number, name in enumerate(given)}
        renamed = renaming.by_alias(state, entry_of(model), names)
        assert {name: float(value) for name, value in renamed.items()} == {n: float(i) for i, n in enumerate(names)}


def test_every_name_in_caffe_s_resnet152_has_its_place() -> None:
    text = shared("reference/places365/deploy_resnet152_places365.prototxt").read_text()
    entry = entry_of("places-resnet152-caffe")
    with torch.device("meta"):
        names = {name for name in build(entry, None).state_dict() if not name.endswith("num_batches_tracked")}
    state: dict[str, torch.Tensor] = {}
    for name, kind, _ in of_shapes(text):
        parts = {
            "BatchNorm": ("running_mean", "running_var"),
            "Scale": ("weight", "bias"),
            "InnerProduct": ("weight", "bias"),
        }
        state |= {f"{name}.{part}": torch.empty(0) for part in parts.get(kind, ("weight",))}
    assert set(renaming.caffe_resnet(state, entry, [])) == names


def of_shapes(text: str) -> Sequence[tuple[str, str, None]]:
    """Name and type of the layers that have weights."""
    layers = []
    for block in re.split(r"^(?=layer\s*\{)", text, flags=re.MULTILINE)[1:]:
        name, kind = (re.search(rf'\b{key}: "([^"]+)"', block)[1] for key in ("name", "type"))  # type: ignore[index]
        if kind in {"Convolution", "BatchNorm", "Scale", "InnerProduct"}:
            layers.append((name, kind, None))
    return layers


def test_torch7_s_resnet_layout_is_taken_in_order() -> None:
    """Numbered names in the network's order, as in the file that dissect.csail.mit.edu serves."""
    with torch.device("meta"):
        wanted = build(entry_of("places-resnet152"), None).state_dict()
    state = {f"{number}.{name.rpartition('.')[2]}": value for number, (name, value) in enumerate(wanted.items())}
    renamed = renaming.in_order(state, entry_of("places-resnet152"), list(wanted))
    assert all(renamed[name] is value for name, value in wanted.items() if not name.endswith("num_batches_tracked"))
    short = dict(list(state.items())[:-1])
    assert renaming.in_order(short, entry_of("places-resnet152"), list(wanted)) is short


def test_names_of_data_parallel_fit_inside_features_and_around_everything(tmp_path: Path) -> None:
    wanted = network("squeezenet1_1", num_classes=3).state_dict()
    for rename in (lambda n: n.replace("features.", "features.module."), lambda n: f"module.{n}", lambda n: f"net.{n}"):
        torch.save({"state_dict": {rename(n): v for n, v in wanted.items()}, "arch": "any"}, tmp_path / "net.pth")
        net = load("torchvision/squeezenet1_1:none", weights=tmp_path / "net.pth").network
        assert same(net, wanted)


def test_a_student_and_a_teacher_in_one_file_are_not_guessed_between(tmp_path: Path) -> None:
    wanted = network("squeezenet1_1", num_classes=3).state_dict()
    both = {f"{who}.{name}": value for who in ("online", "target") for name, value in wanted.items()}
    torch.save(both, tmp_path / "net.pth")
    with refusal("net.pth does not fit"):
        load("torchvision/squeezenet1_1:none", weights=tmp_path / "net.pth")


def test_densenets_old_names_are_understood(tmp_path: Path) -> None:
    state = network("densenet121").state_dict()
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", name): value for name, value in state.items()}
    assert set(old) != set(state)
    torch.save(old, tmp_path / "net.pth")
    assert same(build(entry_of("torchvision/densenet121"), tmp_path / "net.pth"), state)
