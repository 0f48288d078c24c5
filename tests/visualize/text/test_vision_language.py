"""Models of open_clip: pictures prepared as it prepares them, its own embeddings, weights from files and mirrors."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from visualize.methods import InputError
from visualize.text.vision_language import VisionLanguage, load_vision_language

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

TINY: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="module", autouse=True)
def open_clip() -> ModuleType:
    """Loaded by these tests alone, as it takes long and brings a thousand classes."""
    module: ModuleType = pytest.importorskip("open_clip")
    return module


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clip") / "tiny.json"
    file.write_text(json.dumps(TINY))
    return file


@pytest.fixture(scope="module")
def model(config: Path) -> VisionLanguage:
    return load_vision_language(f"random/{config}")


def test_embeddings_are_those_of_open_clips_own_preparation_and_encoders(
    model: VisionLanguage, open_clip: ModuleType
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    own = open_clip.image_transform(32, is_train=False)
    picture = Image.fromarray(noise)
    with torch.no_grad():
        expected = model.network.encode_image(own(picture)[None]).numpy()
    fitted = torch.from_numpy(np.array(model.prepare.fit(picture))).permute(2, 0, 1)[None].float() / 255
    np.testing.assert_allclose(model.pictures(fitted), expected, rtol=0, atol=1e-5)


def test_words_are_put_into_the_template_and_read_as_open_clip_reads_them(
    model: VisionLanguage, open_clip: ModuleType
) -> None:
    tokens = open_clip.SimpleTokenizer(context_length=16)(["a photo of a car", "a photo of a red tree"])
    with torch.no_grad():
        expected = model.network.encode_text(tokens).numpy()
    np.testing.assert_allclose(model.words(["car", "red tree"], "a photo of a {}"), expected, rtol=0, atol=1e-5)
    with pytest.raises(InputError, match="once, where the word goes"):
        model.words(["car"], "a photo")


def test_the_cosine_is_of_embeddings_of_unit_length(model: VisionLanguage) -> None:
    embeddings = np.random.default_rng(1).normal(size=(3, 16)).astype(np.float32)
    words = model.words(["car", "tree"])
    expected = embeddings @ words.T / np.outer(np.linalg.norm(embeddings, axis=1), np.linalg.norm(words, axis=1))
    np.testing.assert_allclose(model.similarity(embeddings, ["car", "tree"], "{}"), expected, rtol=0, atol=1e-5)


def test_weights_come_from_a_file_a_folder_or_the_mirror(
    model: VisionLanguage, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {name: value + 0.01 for name, value in model.network.state_dict().items() if value.is_floating_point()}
    file = tmp_path / "open_clip-tiny.pt"
    torch.save(state, file)
    loaded = load_vision_language(str(config), file)
    assert len(loaded.weights) == 64
    assert torch.equal(loaded.network.state_dict()["text_projection"], state["text_projection"])
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    assert load_vision_language(str(config)).weights == loaded.weights
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    file.rename(folder / "open_clip_pytorch_model.bin")
    assert load_vision_language(str(folder)).weights == loaded.weights


def test_random_weights_are_the_same_every_time_and_leave_the_process_as_it_was(
    model: VisionLanguage, config: Path
) -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    again = load_vision_language(f"random/{config}")
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(again.network.state_dict()["text_projection"], model.network.state_dict()["text_projection"])
    assert logging.root.manager.disable == logging.NOTSET


def _changed(part: str, change: object) -> dict[str, Any]:
    """The architecture with one part changed."""
    return {**TINY, part: {**TINY[part], **change} if isinstance(change, dict) else change}


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ({}, "embed_dim"),
        (_changed("embed_dim", "wide"), "whole number"),
        (_changed("vision_cfg", {"width": 1 << 40}), "vision_cfg.width"),
        (_changed("text_cfg", {"hf_model_name": "x"}), "tokenizer of the Hugging Face hub"),
        (_changed("vision_cfg", {"no_such": 1}), "open_clip makes no model"),
        ([], "object"),
    ],
)
def test_a_configuration_that_is_none_is_told_in_a_line(tmp_path: Path, content: object, match: str) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=match):
        load_vision_language(f"random/{tmp_path / 'bad.json'}")


def test_weights_that_are_missing_or_of_another_network_are_told(config: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--clip-weights FILE"):
        load_vision_language(str(config))
    with pytest.raises(InputError, match="does not exist"):
        load_vision_language(str(config), tmp_path / "none.pt")
    torch.save({"a": torch.ones(2)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="weights of another network"):
        load_vision_language(str(config), tmp_path / "other.pt")
    with pytest.raises(InputError, match="no architecture 'ViT-B-33'"):
        load_vision_language("ViT-B-33")
    with pytest.raises(InputError, match="random weights"):
        load_vision_language(f"random/{config}", tmp_path / "other.pt")
