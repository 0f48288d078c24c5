"""The catalogue: models by name, complete in every fact, and listed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import visualize.models
from tests.kit.refusal import refusal
from tests.kit.undrawn import undrawn
from visualize.methods.network.preprocessing import Preparation
from visualize.models import entry_of, listing, load, names, registry
from visualize.models.loading import build

if TYPE_CHECKING:
    from visualize.models.model_entry import ModelEntry


EXAMPLES = ("alexnet", "vgg11", "vgg16", "vgg19_bn", "googlenet", "resnet18", "resnet50", "resnet101", "resnet152",
            "wide_resnet50_2", "resnext50_32x4d", "squeezenet1_0", "squeezenet1_1", "densenet121", "inception_v3",
            "vit_b_16", "vit_b_16:imagenet1k_swag_e2e_v1", "swin_t", "mnasnet0_5")  # fmt: skip


NAMES = (*names(), *(f"torchvision/{name}" for name in EXAMPLES))


def undrawn_network(entry: ModelEntry) -> nn.Module:
    with undrawn():
        return build(entry, None)


@pytest.mark.parametrize("name", NAMES)
def test_every_catalogue_entry_is_complete(name: str) -> None:
    entry = entry_of(name)
    assert entry.name == name
    assert entry.title
    assert entry.task in {"scenes", "objects", "self-supervised"}
    assert entry.licence
    assert entry.preparation != Preparation()
    assert entry.embedded or entry.sources
    for resource in entry.resources:
        assert resource.sources[0].endswith(f"/{resource.file}")
        assert all(re.fullmatch(r"https?://\S+", address) for address in resource.sources)
        assert all(re.fullmatch(r"[0-9a-f]{8,64}", digits) for digits in resource.hashes.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_architecture_has_its_aliases_and_default_layer(name: str) -> None:
    entry = entry_of(name)
    modules = dict(undrawn_network(entry).named_modules())
    assert set(entry.aliases.values()) <= set(modules)
    assert not set(entry.aliases) & set(modules)
    if entry.default_layer:
        assert entry.aliases.get(entry.default_layer, entry.default_layer) in modules


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("places-squeezent", "places-squeezenet"),
        ("scenes", "scenes-alexnet"),
        ("resnet18", "torchvision/resnet18"),
        ("torchvision/resnet19", "resnet18"),
        ("torchvision/resnet18:V9", "IMAGENET1K_V1, none"),
        ("", "expected one of viz models"),
        ("no such model", "torchvision/NAME"),
    ],
)
def test_unknown_names_suggest_close_ones(wrong: str, hint: str) -> None:
    with refusal(hint):
        entry_of(wrong)


@pytest.mark.parametrize("name", ["places-squeezenet", "scenes-alexnet", "torchvision/squeezenet1_1"])
def test_an_untrained_twin_has_its_seed_s_weights(name: str) -> None:
    first, again, other = (weights(f"random/{name}{seed}") for seed in ("", "#0", "#1"))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_default_network_and_the_plain_one_differ_and_have_the_same_twin() -> None:
    robust, plain = (weights(name) for name in ("scenes-alexnet", "scenes-alexnet-plain"))
    assert not torch.equal(robust, plain)
    assert torch.equal(weights("random/scenes-alexnet"), weights("random/scenes-alexnet-plain"))


def weights(name: str) -> torch.Tensor:
    return torch.cat([value.flatten() for value in load(name).network.parameters()][:4])


def test_every_catalogue_entry_has_an_untrained_twin() -> None:
    for name in names():
        twin = entry_of(f"random/{name}")
        assert (twin.architecture, twin.aliases, twin.preparation) == (
            entry_of(name).architecture, entry_of(name).aliases, entry_of(name).preparation,
        )  # fmt: skip
        assert not twin.resources
        assert not twin.embedded


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("random/places-alexnot", "did you mean places-alexnet"),
        ("random/places-alexnet#x", "the seed 'x' is no whole number"),
        ("random/random/places-alexnet", "random/places-alexnet is an untrained twin already"),
    ],
)
def test_wrong_names_of_untrained_twins_are_one_line(wrong: str, reason: str) -> None:
    with refusal(reason):
        entry_of(wrong)


def test_the_list_of_models_needs_no_torch() -> None:
    code = (
        "import sys, visualize.models as m; m.listing(); m.entry_of('places-squeezenet'); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(visualize.models.__file__).parents[2])


def test_the_list_says_what_is_on_this_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    assert not any(line.on_disk for line in listing() if line.source != "embedded")
    (tmp_path / "compressed_SqueezeNet.net").write_bytes(b"12345")
    lines = {line.name: line for line in listing()}
    assert lines["imagenet-squeezenet"].on_disk == tmp_path / "compressed_SqueezeNet.net"
    assert lines["imagenet-squeezenet"].size == 5
    assert set(lines) == set(names())


def test_an_embedded_file_brings_its_classes_and_its_accuracy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "WEIGHTS", tmp_path)
    net = build(entry_of("scenes-alexnet"), None)
    kinds = [f"kind {number}" for number in range(net.get_submodule("fc8").get_parameter("bias").numel())]
    facts = {"classes": json.dumps(kinds), "accuracy": "0.9312", "held_out": "600"}
    save_file(net.state_dict(), tmp_path / "scenes-alexnet.safetensors", metadata=facts)
    assert load("scenes-alexnet").classes == tuple(kinds)
    assert registry.notes(entry_of("scenes-alexnet"))[0] == "names 93.1% of 600 held-out pictures right"
