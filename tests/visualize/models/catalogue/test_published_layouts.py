"""Files in the exact layouts that publishers use, loaded by the zoo's cards, against OpenCV's own Caffe reader."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import skimage.color
import torch
from numpy.typing import NDArray
from torch import nn

from methods.errors import InputError
from tests.kit.shared import shared
from tests.visualize.cli.kit import viz
from tests.visualize.models.caffe_files import CAFFENET, caffemodel, described, opencv
from visualize.models import card, load
from visualize.models.architectures.self_supervised import Lightness
from visualize.models.loading import build
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from methods.network.probe import Probe


Layers = list[tuple[str, str, list[NDArray[np.float32]]]]

_TILE = np.random.default_rng(0).standard_normal(100_003).astype(np.float32)


def made(*shape: int) -> NDArray[np.float32]:
    """Random weights that keep activations of one size (He et al. 2015), from a tile: drawing 61 million takes long."""
    count = int(np.prod(shape))
    spread = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
    return np.resize(np.roll(_TILE, count % 977), count).reshape(shape) * np.float32(spread)


@dataclass(frozen=True)
class Published:
    """AlexNet-Places365 in both of its formats, 233 MB each, and what the zoo makes of either."""

    caffe: Path
    convolutions: bytes
    probes: tuple[Probe, Probe]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The files lie in a folder that is gone after these tests."""
    folder = tmp_path_factory.mktemp("published")
    weights = {name: (made(*shape), made(shape[0])) for name, shape in CAFFENET.items()}
    layers: Layers = [
        (name, "InnerProduct" if name.startswith("fc") else "Convolution", list(pair)) for name, pair in weights.items()
    ]
    caffe, plain = folder / "alexnet_places365.caffemodel", folder / "alexnet.pth"
    caffe.write_bytes(caffemodel(layers))
    state = {f"{name}.{part}": torch.from_numpy(one) for name, pair in weights.items()
             for part, one in zip(("weight", "bias"), pair, strict=True)}  # fmt: skip
    torch.save(state, plain)
    probes = load("places-alexnet", weights=caffe), load("places-alexnet", weights=plain)
    plain.unlink()
    yield Published(caffe, caffemodel(layers[:5]), probes)
    shutil.rmtree(folder)


def test_alexnet_places365_is_the_same_network_from_either_format(published: Published) -> None:
    pictures = torch.rand(1, 3, 227, 227, generator=torch.Generator().manual_seed(0))
    found = []
    for probe in published.probes:
        assert [probe.layer(name).units for name in CAFFENET] == [shape[0] for shape in CAFFENET.values()]
        assert probe.layer("conv5").map_size == (13, 13)
        assert probe.prepare.order == "BGR"
        found.append(probe.activations(pictures, list(CAFFENET)))
    for name in CAFFENET:
        assert torch.equal(found[0][name], found[1][name])
        assert found[0][name].std() > 0


def test_alexnet_computes_what_opencv_computes_from_the_published_description(published: Published) -> None:
    """conv1 to pool5: grouped convolutions, ceil pooling, local response normalisation."""
    pytest.importorskip("cv2")
    pictures = torch.rand(1, 3, 227, 227, generator=torch.Generator().manual_seed(1))
    bgr = pictures.numpy()[:, ::-1] * 255 - np.array([104.05, 112.51, 116.68], np.float32).reshape(3, 1, 1)
    prototxt = described(shared("reference/places365/deploy_alexnet_places365.prototxt"), until="pool5")
    ours = {"pool1": "pool1", "norm1": "lrn1", "norm2": "lrn2", "pool5": "pool5"}
    theirs = opencv(prototxt, published.convolutions, bgr, list(ours))
    found = published.probes[0].activations(pictures, list(ours.values()))
    for name, expected in zip(ours.values(), theirs, strict=True):
        np.testing.assert_allclose(found[name].numpy(), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_a_card_of_the_talk_s_unit_is_drawn_from_the_mirror(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(published.caffe.parent))
    out = tmp_path / "card.png"
    ran = viz("unit", "--model", "places-alexnet", "--layer", "conv5", "--unit", "79", "--steps", "2",
              "--methods", "ascent", "--out", out)  # fmt: skip
    assert ran.status == 0, ran.err
    assert out.stat().st_size > 10_000
    assert (tmp_path / "cache" / "models" / "alexnet_places365.caffemodel.sha256").is_file()


def of_prototxt(text: str) -> Layers:
    """Random weights for every layer of a network's description, shaped by OpenCV's own reading of it."""
    import re

    layers: Layers = []
    channels: dict[str, int] = {"data": 3}
    for block in re.split(r"^(?=layer\s*\{)", text, flags=re.MULTILINE)[1:]:
        name, kind = (re.search(rf'\b{key}: "([^"]+)"', block)[1] for key in ("name", "type"))  # type: ignore[index]
        bottoms = re.findall(r'bottom: "([^"]+)"', block)
        outputs = int(found[1]) if (found := re.search(r"num_output: (\d+)", block)) else 0
        size = int(found[1]) if (found := re.search(r"kernel_size: (\d+)", block)) else 1
        inputs = sum(channels[bottom] for bottom in bottoms) if kind == "Concat" else channels[bottoms[0]]
        channels[re.search(r'top: "([^"]+)"', block)[1]] = outputs or inputs  # type: ignore[index]
        if kind in {"Convolution", "InnerProduct"}:
            shape = (outputs, inputs, size, size) if kind == "Convolution" else (outputs, inputs)
            bias = [] if "bias_term: false" in block else [made(outputs)]
            layers.append((name, kind, [made(*shape), *bias]))
        elif kind == "BatchNorm":
            count = np.array([2], np.float32)
            layers.append((name, kind, [2 * made(inputs), 2 + np.abs(made(inputs)), count]))
        elif kind == "Scale":
            layers.append((name, kind, [1 + made(inputs), made(inputs)]))
    return layers


def test_googlenet_computes_what_opencv_computes_from_the_published_description(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    prototxt = described(shared("reference/places365/deploy_googlenet_places365.prototxt"))
    data = caffemodel([*of_prototxt(prototxt), ("loss1/classifier", "InnerProduct", [made(365, 8), made(365)])])
    (tmp_path / "net.caffemodel").write_bytes(data)
    probe = load("places-googlenet", weights=tmp_path / "net.caffemodel")
    pictures = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    ours = ["pool1/norm1", "conv2/norm2", "inception_3a/output", "inception_4e/output", "inception_5b/output",
            "loss3/classifier"]  # fmt: skip
    theirs = opencv(prototxt, data, probe.prepare(pictures).numpy(), ours)
    found = probe.activations(pictures, ours)
    for name, expected in zip(ours, theirs, strict=True):
        got = found[name].numpy().reshape(expected.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max(), err_msg=name)


def test_caffe_s_resnet_computes_what_opencv_computes_from_the_published_description() -> None:
    """The stem, res2 and the first block of res3, where the stride is: the blocks after that repeat."""
    pytest.importorskip("cv2")
    from visualize.models import renaming

    prototxt = described(shared("reference/places365/deploy_resnet152_places365.prototxt"), until="res3a_relu", size=64)
    layers = of_prototxt(prototxt)
    found = card("places-resnet152-caffe")
    net = build(found, None)
    state: dict[str, torch.Tensor] = {}
    for name, kind, blobs in layers:
        parts = ("running_mean", "running_var") if kind == "BatchNorm" else ("weight", "bias")
        count = blobs[2] if kind == "BatchNorm" else np.float32(1)
        state |= {f"{name}.{part}": torch.from_numpy(blob / count) for part, blob in zip(parts, blobs, strict=False)}
    renamed = renaming.caffe_resnet(state, found, [])
    missing, unexpected = net.load_state_dict(renamed, strict=False)
    assert not unexpected
    assert not [name for name in missing if name.startswith(("conv1", "bn1", "layer1", "layer2.0."))
                and not name.endswith("num_batches_tracked")]  # fmt: skip
    picture = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    theirs = opencv(prototxt, caffemodel(layers), picture.numpy(), ["pool1", "res2c_relu", "res3a_relu"])
    with torch.no_grad():
        x = net.get_submodule("maxpool")(torch.relu(net.get_submodule("bn1")(net.get_submodule("conv1")(picture))))
        np.testing.assert_allclose(x.numpy(), theirs[0], rtol=1e-4, atol=1e-5)
        x = net.get_submodule("layer1")(x)
        np.testing.assert_allclose(x.numpy(), theirs[1], rtol=1e-3, atol=1e-4)
        x = net.get_submodule("layer2.0")(x)
        np.testing.assert_allclose(x.numpy(), theirs[2], rtol=1e-3, atol=1e-4)


def test_every_name_in_caffe_s_resnet152_has_its_place() -> None:
    from visualize.models import renaming

    text = shared("reference/places365/deploy_resnet152_places365.prototxt").read_text()
    found = card("places-resnet152-caffe")
    with torch.device("meta"):
        names = {name for name in build(found, None).state_dict() if not name.endswith("num_batches_tracked")}
    state: dict[str, torch.Tensor] = {}
    for name, kind, _ in of_shapes(text):
        parts = {
            "BatchNorm": ("running_mean", "running_var"),
            "Scale": ("weight", "bias"),
            "InnerProduct": ("weight", "bias"),
        }
        state |= {f"{name}.{part}": torch.empty(0) for part in parts.get(kind, ("weight",))}
    assert set(renaming.caffe_resnet(state, found, [])) == names


def of_shapes(text: str) -> Sequence[tuple[str, str, None]]:
    """Name and type of the layers that have weights."""
    import re

    found = []
    for block in re.split(r"^(?=layer\s*\{)", text, flags=re.MULTILINE)[1:]:
        name, kind = (re.search(rf'\b{key}: "([^"]+)"', block)[1] for key in ("name", "type"))  # type: ignore[index]
        if kind in {"Convolution", "BatchNorm", "Scale", "InnerProduct"}:
            found.append((name, kind, None))
    return found


def fitted(name: str, state: dict[str, torch.Tensor], folder: Path, wrap: str = "") -> nn.Module:
    """The network of a card with weights in a publisher's layout."""
    torch.save({wrap: state, "epoch": 3} if wrap else state, folder / "net.pth")
    return build(card(name), folder / "net.pth")


def other(name: str) -> dict[str, torch.Tensor]:
    """Weights for a card's network that are not those it starts with."""
    return build(replace(card(name), seed=7), None).state_dict()


def same(net: nn.Module, state: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, state[name]) for name, value in net.state_dict().items())


def test_vgg16_in_caffe_s_and_in_dissect_s_layout() -> None:
    """Small tensors stand for the large ones: only names are at stake. conv5_3 is features.28, fc8a classifier.6."""
    from visualize.models import renaming

    with torch.device("meta"):
        names = list(network("vgg16").state_dict())
    papers = [f"conv{block}_{n}" for block, count in enumerate((2, 2, 3, 3, 3), 1) for n in range(1, count + 1)]
    caffe = [f"{layer}.{part}" for layer in (*papers, "fc6", "fc7", "fc8a") for part in ("weight", "bias")]
    dissect = [f"{'features' if name.startswith('conv') else 'classifier'}.{name}" for name in caffe]
    for given, model in ((caffe, "places-vgg16"), (dissect, "places-vgg16-dissect")):
        state = {name: torch.tensor(float(number)) for number, name in enumerate(given)}
        found = renaming.by_alias(state, card(model), names)
        assert {name: float(value) for name, value in found.items()} == {n: float(i) for i, n in enumerate(names)}


def test_moco_s_layout(tmp_path: Path) -> None:
    wanted = other("moco-v2")
    state = {f"module.encoder_q.{name}": value for name, value in wanted.items()}
    state |= {f"module.encoder_k.{name}": torch.zeros_like(value) for name, value in wanted.items()}
    state |= {"module.queue": torch.zeros(128, 4), "module.queue_ptr": torch.zeros(1)}
    assert same(fitted("moco-v2", state, tmp_path, "state_dict"), wanted)
    assert wanted["fc.2.weight"].shape == (128, 2048)


def test_swav_s_and_dino_s_resnet_layouts(tmp_path: Path) -> None:
    wanted = other("swav")
    state = {f"module.{name}": value for name, value in wanted.items()}
    state |= {"module.projection_head.0.weight": torch.zeros(2), "module.prototypes.weight": torch.zeros(2)}
    assert same(fitted("swav", state, tmp_path), wanted)
    assert same(fitted("dino-resnet50", wanted, tmp_path), wanted)


@pytest.mark.parametrize("model", ["jigsaw-alexnet", "colorization-alexnet"])
def test_vissl_s_layout(model: str, tmp_path: Path) -> None:
    wanted = other(model)
    places = {"conv1": "0.0", "bn1": "0.1", "conv2": "2.0", "bn2": "2.1", "conv3": "4.0", "bn3": "4.1", "conv4": "5.0",
              "bn4": "5.1", "conv5": "6.0", "bn5": "6.1"}  # fmt: skip
    state = {f"_feature_blocks.{places[name.split('.')[0]]}.{name.split('.')[1]}": value
             for name, value in wanted.items() if "num_batches" not in name}  # fmt: skip
    assert same(fitted(model, state, tmp_path, "model_state_dict"), wanted)


def test_zhang_s_layout() -> None:
    """The layers of his alexnet_deploy_lab_fc.prototxt: one channel comes in, data_l scales it."""
    with torch.device("meta"):
        found = build(card("colorization-caffenet"), None).state_dict()
    shapes = {**CAFFENET, "conv1": (96, 1, 11, 11), "data_l": (1, 1, 1, 1)}
    del shapes["fc8"]
    weights = {f"{name}.weight": shape for name, shape in shapes.items()}
    assert {name: tuple(value.shape) for name, value in found.items()} == weights | {
        f"{name}.bias": shape[:1] for name, shape in shapes.items()
    }


def test_lightness_is_cie_l_minus_50() -> None:
    rgb = np.random.default_rng(0).uniform(0, 1, (50, 40, 3))
    rgb[0] = 0  # and black
    rgb[1] = 0.01
    expected = skimage.color.rgb2lab(rgb)[..., 0] - 50
    pictures = torch.from_numpy(rgb).permute(2, 0, 1)[None].requires_grad_()
    found = Lightness()(pictures)
    np.testing.assert_allclose(found[0, 0].detach().numpy(), expected, atol=2e-3)
    (gradient,) = torch.autograd.grad(found.sum(), pictures)
    assert gradient.isfinite().all()


def test_captum_s_layout(tmp_path: Path) -> None:
    wanted = other("places-googlenet-captum")
    stem = {"conv1.7x7_s2": "conv1", "conv2.3x3_reduce": "conv2", "conv2.3x3": "conv3", "loss3.classifier": "fc"}
    state: dict[str, torch.Tensor] = {}
    for name, value in wanted.items():
        layer, _, part = name.rpartition(".")
        block, _, branch = layer.partition(".")
        inner = branch if branch == "pool_proj" else f"conv_{branch}"
        state[f"{stem.get(layer) or f'mixed{block[-2:]}.{inner}'}.{part}"] = value
    state["aux1.conv.weight"] = torch.zeros(2)
    assert same(fitted("places-googlenet-captum", state, tmp_path), wanted)


def test_torch7_s_resnet_layout_is_taken_in_order() -> None:
    """Numbered names in the network's order, as in the file that dissect.csail.mit.edu serves."""
    from visualize.models import renaming

    with torch.device("meta"):
        wanted = build(card("places-resnet152"), None).state_dict()
    state = {f"{number}.{name.rpartition('.')[2]}": value for number, (name, value) in enumerate(wanted.items())}
    found = renaming.in_order(state, card("places-resnet152"), list(wanted))
    assert all(found[name] is value for name, value in wanted.items() if not name.endswith("num_batches_tracked"))
    short = dict(list(state.items())[:-1])
    assert renaming.in_order(short, card("places-resnet152"), list(wanted)) is short


def test_data_parallel_inside_features_and_around_everything(tmp_path: Path) -> None:
    wanted = network("squeezenet1_1", num_classes=3).state_dict()
    for rename in (lambda n: n.replace("features.", "features.module."), lambda n: f"module.{n}", lambda n: f"net.{n}"):
        torch.save({"state_dict": {rename(n): v for n, v in wanted.items()}, "arch": "any"}, tmp_path / "net.pth")
        net = load("torchvision/squeezenet1_1:none", weights=tmp_path / "net.pth").network
        assert same(net, wanted)


def test_a_student_and_a_teacher_in_one_file_are_not_guessed_between(tmp_path: Path) -> None:
    wanted = network("squeezenet1_1", num_classes=3).state_dict()
    both = {f"{who}.{name}": value for who in ("online", "target") for name, value in wanted.items()}
    torch.save(both, tmp_path / "net.pth")
    with pytest.raises(InputError, match="does not fit"):
        load("torchvision/squeezenet1_1:none", weights=tmp_path / "net.pth")


def test_dino_s_transformer_is_timm_s() -> None:
    """DINO's files have timm's names; timm's own network must compute the same from them."""
    timm = pytest.importorskip("timm")
    from visualize.models.architectures.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    theirs = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0).eval()
    ours = VisionTransformer(width=192, heads=3).eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
        assert ours(torch.randn(1, 3, 160, 96)).shape == (1, 192)
