"""Cards, names and loading; no network is asked."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import visualize.models
from methods.errors import InputError
from methods.network.preprocessing import Preparation
from tests.kit.shared import shared
from visualize.models import card, listing, load, names, on_disk
from visualize.models import registry as zoo
from visualize.models.class_names import class_names, parse_places365
from visualize.models.layer_aliases import torchvision_aliases
from visualize.models.loading import build
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from visualize.models.model_card import ModelCard


EXAMPLES = ("alexnet", "vgg11", "vgg16", "vgg19_bn", "googlenet", "resnet18", "resnet50", "resnet101", "resnet152",
            "wide_resnet50_2", "resnext50_32x4d", "squeezenet1_0", "squeezenet1_1", "densenet121", "inception_v3",
            "vit_b_16", "vit_b_16:imagenet1k_swag_e2e_v1", "swin_t", "mnasnet0_5")  # fmt: skip
CARDS = (*names(), *(f"torchvision/{name}" for name in EXAMPLES))

OWN = """
import torch
from methods.network.preprocessing import Preparation
{extra}

def net():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU())

def prepared():
    return net(), Preparation(size=(32, 48), mean=(0.5, 0.5, 0.5))

def stated():
    found = net()
    found.preparation = Preparation(size=(40, 40))
    return found

def probed():
    from methods.network.probe import Probe
    return Probe(net(), aliases={{"first": "0"}})

def broken():
    return 1 / 0

def text():
    return "no network"

number = 7
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(OWN.format(extra=""))
    return path


def refused(name: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load(name, **options)  # type: ignore[arg-type]  # wrong values on purpose
    message = str(caught.value)
    assert "\n" not in message
    return message


def on_meta(found: ModelCard) -> nn.Module:
    with torch.device("meta"):
        return build(found, None)


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_complete(name: str) -> None:
    found = card(name)
    assert found.name == name
    assert found.title
    assert found.task in {"scenes", "objects", "self-supervised"}
    assert found.licence
    assert found.preparation != Preparation()
    assert found.embedded or found.sources
    for resource in found.resources:
        assert resource.sources[0].endswith(f"/{resource.file}")
        assert all(re.fullmatch(r"https?://\S+", address) for address in resource.sources)
        assert all(re.fullmatch(r"[0-9a-f]{8,64}", digits) for digits in resource.hashes.values())


@pytest.mark.parametrize("name", CARDS)
def test_every_architecture_has_its_aliases_and_default_layer(name: str) -> None:
    found = card(name)
    modules = dict(on_meta(found).named_modules())
    assert set(found.aliases.values()) <= set(modules)
    assert not set(found.aliases) & set(modules)
    if found.default_layer:
        assert found.aliases.get(found.default_layer, found.default_layer) in modules


def test_the_embedded_model_is_complete_and_prepared_as_it_was_trained() -> None:
    from visualize.models.architectures.scenes_alexnet import INPUT, MEAN, STD

    probe = load("scenes-alexnet")
    assert (probe.prepare.size, probe.prepare.mean, probe.prepare.std) == (INPUT, MEAN, STD)
    assert len(probe.classes) == probe.layer("fc8").units
    found = next(line for line in listing() if line.name == "scenes-alexnet")
    assert found.source == "embedded"
    assert found.size is not None
    assert found.size <= 3_000_000
    assert "held-out pictures right" in found.notes[0]


def test_an_embedded_file_brings_its_classes_and_its_accuracy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    assert "install the package again" in refused("scenes-alexnet")
    net = build(card("scenes-alexnet"), None)
    kinds = [f"kind {number}" for number in range(net.get_submodule("fc8").get_parameter("bias").numel())]
    facts = {"classes": json.dumps(kinds), "accuracy": "0.9312", "held_out": "600"}
    save_file(net.state_dict(), tmp_path / "scenes-alexnet.safetensors", metadata=facts)
    assert load("scenes-alexnet").classes == tuple(kinds)
    assert zoo.notes(card("scenes-alexnet"))[0] == "names 93.1% of 600 held-out pictures right"


def test_aliases_mean_the_papers_layers() -> None:
    with torch.device("meta"):
        vgg, bn = network("vgg16"), network("vgg16_bn")
    for block, width in enumerate((64, 128, 256, 512, 512), 1):
        for net, name in ((vgg, "vgg16"), (bn, "vgg16_bn")):
            aliases = torchvision_aliases(name)
            convolution = net.get_submodule(aliases[f"conv{block}_1"])
            assert isinstance(convolution, nn.Conv2d)
            assert convolution.out_channels == width
            assert isinstance(net.get_submodule(aliases[f"relu{block}_2"]), nn.ReLU)
            assert isinstance(net.get_submodule(aliases[f"pool{block}"]), nn.MaxPool2d)
    assert torchvision_aliases("vgg16")["conv5_3"] == "features.28"
    assert torchvision_aliases("vgg16_bn")["conv5_3"] == "features.40"
    assert torchvision_aliases("alexnet")["conv5"] == "features.10"
    assert torchvision_aliases("googlenet")["inception_4e"] == "inception4e"
    assert torchvision_aliases("resnet18")["res5b"] == "layer4.1"
    assert torchvision_aliases("resnet50")["res4f"] == "layer3.5"
    assert torchvision_aliases("resnet152")["res4b35"] == "layer3.35"
    assert torchvision_aliases("resnet152")["res5c"] == "layer4.2"
    assert torchvision_aliases("squeezenet1_0")["fire9"] == "features.12"
    assert torchvision_aliases("vit_l_16")["block23"] == "encoder.layers.encoder_layer_23"
    assert torchvision_aliases("densenet121") == {}


def test_aliases_work_on_the_probe() -> None:
    probe = load("torchvision/resnet18:none")
    assert probe.layer("res5b").name == "layer4.1"
    assert (probe.layer("res5b").units, probe.layer("res5b").map_size) == (512, (7, 7))


def test_random_weights_are_the_same_every_time_and_leave_the_callers_numbers_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = load("torchvision/squeezenet1_1:none")
    assert torch.equal(torch.rand(3), expected)
    assert first.identity == load("torchvision/squeezenet1_1:none").identity
    assert first.identity.weights_sha256 != load("torchvision/squeezenet1_0:none").identity.weights_sha256


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "googlenet"])
def test_a_torchvision_card_says_what_torchvision_says(name: str) -> None:
    """A picture prepared our way equals torchvision's own transforms, exactly but for 8-bit rounding of both."""
    from torchvision.models import get_model_weights
    from torchvision.transforms.functional import to_pil_image

    found, weights = card(f"torchvision/{name}"), get_model_weights(name).DEFAULT
    assert found.sources == (weights.url,)
    assert class_names(found, None) == tuple(weights.meta["categories"])
    picture = to_pil_image(torch.rand(3, 300, 400, generator=torch.Generator().manual_seed(0)))
    fitted = torch.from_numpy(np.array(found.preparation.fit(picture))).permute(2, 0, 1)[None].float()
    ours = found.preparation(fitted / 255)
    torch.testing.assert_close(ours, weights.transforms()(picture)[None], rtol=0, atol=1e-5)


def test_torchvision_weights_are_looked_for_in_the_mirror_by_name_and_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = card("torchvision/squeezenet1_1")
    torch.save(network("squeezenet1_1").state_dict(), tmp_path / found.file)
    digest = hashlib.sha256((tmp_path / found.file).read_bytes()).hexdigest()
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    assert on_disk(found) == tmp_path / found.file
    monkeypatch.setattr(zoo, "_TABLE", {found.name: replace(found, sources=())})
    assert f"wrong SHA-256: expected {found.sha256}..., got {digest}" in refused("torchvision/squeezenet1_1")
    monkeypatch.setattr(zoo, "_TABLE", {found.name: replace(found, sources=(), sha256=digest[:8])})
    probe = load("torchvision/squeezenet1_1")
    assert probe.identity.weights_sha256 == digest
    assert probe.classes[0] == "tench"


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_auxiliary_classifiers_in_a_checkpoint_are_passed_over(name: str, tmp_path: Path) -> None:
    from torchvision import models

    torch.manual_seed(1)
    published = models.get_model(name, weights=None, init_weights=False, transform_input=True)
    torch.save(published.state_dict(), tmp_path / "net.pth")
    probe = load(f"torchvision/{name}", weights=tmp_path / "net.pth")
    x = torch.rand(1, 3, 299, 299)
    with torch.no_grad():
        torch.testing.assert_close(probe.network(x), published.eval()(x))


def test_densenets_old_names_are_understood(tmp_path: Path) -> None:
    state = network("densenet121").state_dict()
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", name): value for name, value in state.items()}
    assert set(old) != set(state)
    torch.save(old, tmp_path / "net.pth")
    found = build(card("torchvision/densenet121"), tmp_path / "net.pth").state_dict()
    assert all(torch.equal(found[name], value) for name, value in state.items())


def test_mnasnets_versions_survive_the_file(tmp_path: Path) -> None:
    state = network("mnasnet0_5").state_dict()
    torch.save(state, tmp_path / "net.pth")
    found = build(card("torchvision/mnasnet0_5"), tmp_path / "net.pth").state_dict()
    assert all(torch.equal(found[name], value) for name, value in state.items())


def test_a_checkpoint_with_other_classes_and_wrapped_names_fits(tmp_path: Path) -> None:
    net = network("resnet18", num_classes=365)
    state = {f"module.{name}": value for name, value in net.state_dict().items()}
    torch.save({"state_dict": state, "arch": "resnet18"}, tmp_path / "places.pth.tar")
    probe = load("torchvision/resnet18", weights=tmp_path / "places.pth.tar")
    assert probe.layer("fc").units == 365
    assert probe.classes == ()
    digest = hashlib.sha256((tmp_path / "places.pth.tar").read_bytes()).hexdigest()
    assert probe.identity.weights_sha256 == digest


def test_weights_that_do_not_fit_are_one_clear_line(tmp_path: Path) -> None:
    state = network("squeezenet1_1").state_dict()
    torch.save(state, tmp_path / "other.pth")
    message = refused("torchvision/resnet18:none", weights=tmp_path / "other.pth")
    assert (
        "other.pth does not fit torchvision/resnet18:none: missing: conv1.weight, bn1.weight, bn1.bias and" in message
    )
    assert "unexpected: features.0.weight, features.0.bias" in message
    state["features.0.weight"] = torch.zeros(64, 3, 5, 5)
    torch.save(state, tmp_path / "other.pth")
    message = refused("torchvision/squeezenet1_1:none", weights=str(tmp_path / "other.pth"))
    assert message.endswith("of another shape: features.0.weight (64, 3, 5, 5) instead of (64, 3, 3, 3)")


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
        ("no.such.module:function", "there is no module no.such.module"),
        ("nothing.py:net", "no file nothing.py"),
    ],
)
def test_unknown_names_suggest_close_ones(wrong: str, hint: str) -> None:
    assert hint in refused(wrong)


def test_missing_weights_devices_and_formats_are_named(tmp_path: Path) -> None:
    assert "no weights file" in refused("places-squeezenet", weights=tmp_path / "gone.params")
    assert "it is a folder" in refused("places-squeezenet", weights=tmp_path)
    assert "no device 'abacus'" in refused("torchvision/squeezenet1_1:none", device="abacus")
    (tmp_path / "text.pt").write_text("hello")
    assert "text.pt" in refused("torchvision/squeezenet1_1:none", weights=tmp_path / "text.pt")


def test_a_network_of_ones_own_from_a_file(own: Path, tmp_path: Path) -> None:
    probe = load(f"{own}:net")
    assert probe.identity.name == f"{own}:net"
    assert probe.prepare.mean == (0.485, 0.456, 0.406)
    assert probe.layer("0").units == 4
    assert load(f"{own}:prepared").prepare.size == (32, 48)
    assert load(f"{own}:stated").prepare.size == (40, 40)
    assert load(f"{own}:probed").layer("first").name == "0"
    assert load(f"{own}:net").identity == probe.identity

    state = {"0.weight": torch.full((4, 3, 3, 3), 0.5), "0.bias": torch.arange(4.0)}
    save_file(state, tmp_path / "mine.safetensors")
    torch.save({"state_dict": {f"module.{name}": value for name, value in state.items()}}, tmp_path / "mine.pt")
    for file in ("mine.safetensors", "mine.pt"):
        filled = load(f"{own}:net", weights=tmp_path / file)
        assert torch.equal(filled.network.state_dict()["0.bias"], torch.arange(4.0))
        assert filled.identity.weights_sha256 == hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()


def test_a_network_of_ones_own_from_a_package(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pack_of_mine").mkdir()
    (tmp_path / "pack_of_mine" / "__init__.py").touch()
    (tmp_path / "pack_of_mine" / "nets.py").write_text(OWN.format(extra=""))
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    assert load("pack_of_mine.nets:net").layer("0").units == 4
    assert sys.path == path
    assert "no function 'ned'; did you mean net" in refused("pack_of_mine.nets:ned")


def test_a_file_of_ones_own_may_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_mine.py").write_text("WIDTH = 9\n")
    (tmp_path / "mine.py").write_text(
        OWN.format(extra="import neighbour_of_mine").replace("(3, 4", "(3, neighbour_of_mine.WIDTH")
    )
    assert load(f"{tmp_path / 'mine.py'}:net").layer("0").units == 9


def test_faults_in_a_users_code_are_one_line_that_names_the_place(own: Path, tmp_path: Path) -> None:
    line = OWN.format(extra="").splitlines().index("    return 1 / 0") + 1
    assert f"failed: ZeroDivisionError: division by zero ({own}, line {line})" in refused(f"{own}:broken")
    assert "returned a str" in refused(f"{own}:text")
    assert "is a int" in refused(f"{own}:number")
    assert "did you mean" in refused(f"{own}:nett")
    assert "returns a Probe" in refused(f"{own}:probed", weights=own)
    (tmp_path / "bad.py").write_text("def net(:\n")
    assert "bad.py is not valid Python" in refused(f"{tmp_path / 'bad.py'}:net")
    (tmp_path / "worse.py").write_text("import no_such_module_anywhere\n")
    assert "No module named 'no_such_module_anywhere'" in refused(f"{tmp_path / 'worse.py'}:net")


def test_the_list_of_models_needs_no_torch_and_no_time() -> None:
    code = (
        "import sys, visualize.models as m; m.listing(); m.card('places-squeezenet'); sys.exit('torch' in sys.modules)"
    )
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(visualize.models.__file__).parents[2])
        times.append(time.perf_counter() - start)
    assert min(times) < 0.5  # of which Python itself takes some


def test_the_list_says_what_is_on_this_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    assert not any(line.on_disk for line in listing() if line.source != "embedded")
    (tmp_path / "compressed_SqueezeNet.net").write_bytes(b"12345")
    found = {line.name: line for line in listing()}
    assert found["imagenet-squeezenet"].on_disk == tmp_path / "compressed_SqueezeNet.net"
    assert found["imagenet-squeezenet"].size == 5
    assert set(found) == set(names())


def test_class_names_of_places365() -> None:
    text = shared("reference/places365/categories_places365.txt").read_text()
    found = parse_places365(text)
    assert (len(found), found[0], found[330], found[364]) == (365, "airfield", "temple/asia", "zen_garden")
    assert parse_places365("something else\n") == ()
    assert parse_places365("/a/airfield 0\n/a/attic 2\n") == ()


def test_class_names_of_places205_come_from_a_mirror_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its publisher has the list within archives only; copies of it differ in whether they begin with headings."""
    found = card("places205-vgg16")
    assert class_names(found, None, online=True) == ()
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    lines = [f"/k/kind_{number} {number}" for number in range(205)]
    for head in ([], ["category id"]):
        (tmp_path / "categoryIndex_places205.csv").write_text("\n".join([*head, *lines]))
        names = class_names(found, None)
        assert (len(names), names[0], names[204]) == (205, "kind_0", "kind_204")
