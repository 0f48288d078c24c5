"""Segmentation networks of libraries: what torchvision and transformers themselves say of a picture."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import models
from torchvision.transforms.functional import to_tensor

from visualize.data.segmenters.opening import open_segmenter
from visualize.methods import InputError
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from pathlib import Path

LIGHT = "lraspp_mobilenet_v3_large"
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))


@pytest.mark.parametrize(("name", "more"), [(LIGHT, {}), ("deeplabv3_mobilenet_v3_large", {"aux_loss": True})])
def test_classes_are_those_that_torchvisions_network_gives_with_its_own_preparation(
    name: str, more: dict[str, bool]
) -> None:
    segmenter = open_segmenter(f"torchvision/{name}:none", silent)
    weights = models.get_model_weights(name).DEFAULT
    picture = segmenter.prepare.fit(NOISE)
    torch.manual_seed(0)
    network = models.get_model(name, weights=None, weights_backbone=None, num_classes=21, **more).eval()
    with torch.no_grad():
        expected = network(weights.transforms()(NOISE)[None])["out"][0].argmax(0)
    found = segmenter(np.asarray(picture))
    assert found.shape == expected.shape
    assert (found == expected.numpy()).mean() > 0.99  # it scales a tensor, and here a picture is scaled
    assert segmenter.classes[7] == "car"
    own = (to_tensor(picture) - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor(
        [0.229, 0.224, 0.225]
    )[:, None, None]
    with torch.no_grad():
        np.testing.assert_array_equal(found, network(own[None])["out"][0].argmax(0))


def test_every_segmentation_network_of_torchvision_has_what_is_read_of_it() -> None:
    for name in models.list_models(module=models.segmentation):
        shown = models.get_model_weights(name).DEFAULT
        assert shown.meta["categories"][0] == "__background__"
        assert shown.transforms().resize_size == [520]
        assert len(shown.url.rpartition("-")[2].partition(".")[0]) == 8


def test_published_weights_come_from_the_mirror_and_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    file = models.get_model_weights(LIGHT).DEFAULT.url.rpartition("/")[2]
    (tmp_path / file).write_bytes(b"nothing")
    with pytest.raises(InputError, match=f"cannot get {file}"):
        open_segmenter(f"torchvision/{LIGHT}", silent)


class _Network:
    """As transformers' networks are: called with pixels, gives scores, has a configuration."""

    config = SimpleNamespace(id2label={0: "wall", 1: "car"}, to_dict=lambda: {"kind": "tiny"})

    def eval(self) -> _Network:
        return self

    def state_dict(self) -> dict[str, torch.Tensor]:
        return {"weight": torch.ones(2)}

    def __call__(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        light = pixel_values.mean(1, keepdim=True)
        return SimpleNamespace(logits=torch.cat([0.5 - light, light - 0.5], 1))


class _Processor:
    def __call__(self, images: Image.Image, return_tensors: str) -> dict[str, torch.Tensor]:
        return {"pixel_values": to_tensor(images)[None]}

    def post_process_semantic_segmentation(
        self, output: SimpleNamespace, target_sizes: list[tuple[int, int]]
    ) -> list[torch.Tensor]:
        scores = torch.nn.functional.interpolate(output.logits, target_sizes[0], mode="bilinear")
        return [scores[0].argmax(0)]


def test_a_network_of_transformers_is_asked_as_its_own_pages_say(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def loading(item: object) -> SimpleNamespace:
        def from_pretrained(name: str, **more: object) -> object:
            asked.append({"name": name, **more})
            return item

        return SimpleNamespace(from_pretrained=from_pretrained)

    kinds = {"AutoImageProcessor": _Processor(), "AutoModelForSemanticSegmentation": _Network()}
    fake: Any = SimpleNamespace(**{name: loading(item) for name, item in kinds.items()}, __spec__=object())
    monkeypatch.setitem(sys.modules, "transformers", fake)
    segmenter = open_segmenter("hf/owner/name", silent)
    assert all(call["local_files_only"] and not call["trust_remote_code"] for call in asked)
    assert asked[1]["use_safetensors"]
    picture = np.repeat(np.array([[[0], [255]]], np.uint8), 3, 2)
    assert segmenter(picture).tolist() == [[0, 1]]
    assert segmenter.classes == {0: "wall", 1: "car"}


def test_classes_are_those_of_a_network_of_transformers_itself(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    names = {0: "wall", 1: "sky", 2: "car"}
    sizes = {"hidden_sizes": [8] * 4, "depths": [1] * 4, "num_attention_heads": [1] * 4, "decoder_hidden_size": 8}
    torch.manual_seed(0)
    network = transformers.SegformerForSemanticSegmentation(
        transformers.SegformerConfig(num_labels=3, id2label=names, **sizes)
    ).eval()
    network.save_pretrained(tmp_path)
    side = 64
    transformers.SegformerImageProcessor(size={"height": side, "width": side}).save_pretrained(tmp_path)
    segmenter = open_segmenter(f"hf/{tmp_path}", silent)
    assert segmenter.classes == names
    scaled = to_tensor(NOISE.resize((side, side), Image.Resampling.BILINEAR))
    mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[..., None, None]
    with torch.no_grad():
        scores = network(pixel_values=((scaled - mean) / deviation)[None]).logits
    size = (NOISE.height, NOISE.width)
    large = torch.nn.functional.interpolate(scores, size, mode="bilinear", align_corners=False)
    expected = large[0].argmax(0).numpy()
    found = segmenter(np.asarray(NOISE))
    assert found.shape == size
    assert len(np.unique(expected)) > 1
    assert (found == expected).mean() > 0.98  # its processor may scale a tensor, whose values are not rounded alike


def test_without_transformers_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install transformers"):
        open_segmenter("hf/owner/name", silent)
