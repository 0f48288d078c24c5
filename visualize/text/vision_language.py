"""Vision-language models of open_clip, which is an optional extra: pictures and words in one space.

Nothing is downloaded: weights come from a file, or from a mirror. open_clip's own readers are not used for them, but
ours, which run no code that a file brings along.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.data.files.similarity_files import cosines
from visualize.download.cache import MIRROR, mirror_folders
from visualize.intake import json_text
from visualize.intake.fields import checked, either, items, mapping, record, whole
from visualize.methods.errors import InputError, one_line, suggest
from visualize.methods.network.preprocessing import Preparation
from visualize.printable import printable
from visualize.text.architecture_size import require_modest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import PIL.Image
    from numpy.typing import NDArray
    from torch import Tensor

RANDOM = "random/"
"""Before a model's name: random weights, to try the way from end to end."""
_CONFIG = "open_clip_config.json"
_IN_FOLDER = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin",
              "model.safetensors", "pytorch_model.bin")  # fmt: skip
_ENDINGS = (".safetensors", ".bin", ".pt", ".pth")
_WORDS = 256  # encoded at once
_HEXADECIMAL = 12  # digits of a hash that are shown

_side = whole(1, 2048)
_tower: dict[str, Any] = {"width": whole(1, 8192), "layers": either(whole(1, 128), items(whole(1, 128), most=8))}
_vision = {
    **_tower, "image_size": either(_side, items(_side, least=2, most=2)), "patch_size": _side, "head_width": _side,
}  # fmt: skip
_text = {**_tower, "context_length": whole(1, 4096), "vocab_size": whole(49408, 1 << 20), "heads": whole(1, 128)}
_config = record({
    "embed_dim": whole(1, 8192), "vision_cfg": record({}, _vision), "text_cfg": record({}, _text),
})  # fmt: skip
_anything = mapping(lambda value: value)


class Bicubic(Preparation):
    """Scales as open_clip does by default: bicubic, the shorter side to the size, and the centre cut out.

    Example:
        >>> from PIL import Image
        >>> Bicubic((224, 224), 224).fit(Image.new("RGB", (500, 375))).size
        (224, 224)
    """

    def fit(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """Bring a Pillow picture to ``size`` (bicubic, antialiased)."""
        from PIL import Image

        height, width = self.size
        tall, wide, top, left = self.window(picture.height, picture.width)
        if picture.size != (wide, tall):
            picture = picture.resize((wide, tall), Image.Resampling.BICUBIC)
        return picture.crop((left, top, left + width, top + height))


@dataclass(frozen=True, eq=False)
class VisionLanguage:
    """A vision-language model.

    Args:
        name: as it was asked for.
        weights: SHA-256 of the weights' file, or "random".
        network: with ``encode_image`` and ``encode_text``.
        tokenizer: texts -> texts x tokens.
        prepare: how pictures become its input.
        features: of an embedding.
    """

    name: str
    weights: str
    network: Any
    tokenizer: Any
    prepare: Preparation
    features: int

    @property
    def source(self) -> str:
        """The model and its weights in words."""
        return f"open_clip {self.name} ({self.weights[:_HEXADECIMAL]})"

    def pictures(self, pictures: Tensor) -> NDArray[np.float32]:
        """Embeddings of pictures.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1, of the size of ``prepare``.

        Raises:
            InputError: one is not finite.
        """
        import torch

        with torch.no_grad():
            encoded = self.network.encode_image(self.prepare(pictures.to(self._device)))
        return self._checked(encoded, "a picture")

    def words(self, words: Sequence[str], template: str = "{}") -> NDArray[np.float32]:
        """Embeddings of words.

        Args:
            words: the words.
            template: a text with ``{}`` where the word goes.

        Raises:
            InputError: the template has no such place, or an embedding is not finite.
        """
        import torch

        if template.count("{}") != 1:
            raise InputError(f"a template has {{}} once, where the word goes, as 'a photo of a {{}}', not {template!r}")
        parts = []
        for first in range(0, len(words), _WORDS):
            texts = [template.replace("{}", word) for word in words[first : first + _WORDS]]
            with torch.no_grad():
                parts.append(self._checked(self.network.encode_text(self.tokenizer(texts).to(self._device)), "a word"))
        return np.concatenate(parts)

    def similarity(self, embeddings: NDArray[np.float32], words: Sequence[str], template: str) -> NDArray[np.float32]:
        """Cosine of pictures with words, pictures x words."""
        return cosines(embeddings, self.words(words, template))

    @property
    def _device(self) -> Any:  # noqa: ANN401 (torch's device)
        return next(self.network.parameters()).device

    def _checked(self, encoded: Tensor, what: str) -> NDArray[np.float32]:
        embeddings: NDArray[np.float32] = encoded.float().cpu().numpy()
        if not np.isfinite(embeddings).all():
            raise InputError(f"{self.name} gives an embedding of {what} that is not finite; check its weights")
        return embeddings


def load_vision_language(name: str, weights: str | Path | None = None, device: str = "cpu") -> VisionLanguage:
    """Load a model of open_clip.

    Args:
        name: one of open_clip's architectures, such as ``"ViT-B-32"``; a JSON file of such an architecture; a folder
            with ``open_clip_config.json`` and weights, as the hub's repositories are; or ``"random/NAME"``.
        weights: the file; None looks into the folder, then into the mirror for ``open_clip-NAME.safetensors`` (or
            ``.bin``, ``.pt``, ``.pth``).
        device: that it runs on.

    Raises:
        InputError: open_clip is not installed, there is no such model, or its weights are not at hand or of another.
    """
    if importlib.util.find_spec("open_clip") is None:
        raise InputError("--clip needs open_clip, which is not installed; run: pip install 'viz-units[text]'")
    random = name.startswith(RANDOM)
    asked = name.removeprefix(RANDOM)
    if random and weights is not None:
        raise InputError(f"{name} has random weights, and --clip-weights names others; leave out one of them")
    config = _configuration(asked)
    file = None if random else _weights_file(asked, weights)
    require_modest(config["model_cfg"], None if file is None else file.stat().st_size, printable(asked))
    network, tokenizer = _built(asked, config)
    digest = "random"
    if file is not None:
        digest = _load_into(network, file, name)
    network.to(device).eval()
    shown, prepare = getattr(network.visual, "preprocess_cfg", {}), config.get("preprocess_cfg", {})
    return VisionLanguage(
        name, digest, network, tokenizer, _preparation(network, {**shown, **prepare}), _features(config)
    )


def _features(config: Mapping[str, Any]) -> int:
    return int(config["model_cfg"]["embed_dim"])


def _configuration(name: str) -> dict[str, Any]:
    """``model_cfg`` and ``preprocess_cfg`` of a model.

    Raises:
        InputError: there is no such model, or a file is none of an architecture.
    """
    import open_clip

    path = Path(name).expanduser()
    if path.is_dir() or path.suffix == ".json":
        file = path / _CONFIG if path.is_dir() else path
        if not file.is_file():
            raise InputError(f"{printable(str(file))} does not exist; expected the JSON of an open_clip architecture")
        held = checked(json_text.load(file), _anything, str(file))
        whole_config = held if "model_cfg" in held else {"model_cfg": held}
        checked(whole_config["model_cfg"], _config, str(file))
        preprocess = checked(whole_config.get("preprocess_cfg", {}), _anything, str(file))
        config: dict[str, Any] = {"model_cfg": whole_config["model_cfg"], "preprocess_cfg": preprocess}
    else:
        known = open_clip.list_models()
        if name not in known:
            raise InputError(
                f"open_clip has no architecture {name!r}{suggest(name, known)}; give one such as ViT-B-32, the JSON "
                f"file of one, or a folder with {_CONFIG}"
            )
        config = {"model_cfg": open_clip.get_model_config(name)}
    text = config["model_cfg"]["text_cfg"]
    if "hf_model_name" in text or "hf_tokenizer_name" in text:
        raise InputError(
            f"{printable(name)} reads words with a tokenizer of the Hugging Face hub, which is not fetched here; "
            f"encode pictures and words yourself and give them with --similarities"
        )
    return config


def _weights_file(name: str, weights: str | Path | None) -> Path:
    """The file of a model's weights.

    Raises:
        InputError: there is none.
    """
    if weights is not None:
        file = Path(weights).expanduser()
        if not file.is_file():
            raise InputError(f"the weights file {printable(str(file))} does not exist")
        return file
    path = Path(name).expanduser()
    in_folder = [path / item for item in _IN_FOLDER] if path.is_dir() else []
    stem = f"open_clip-{path.stem if path.suffix == '.json' else path.name}"
    mirrored = [folder / f"{stem}{ending}" for folder in mirror_folders() for ending in _ENDINGS]
    file_at_hand = next((file for file in (*in_folder, *mirrored) if file.is_file()), None)
    if file_at_hand is None:
        raise InputError(
            f"the weights of {printable(name)} are not at hand; give them with --clip-weights FILE, or put "
            f"{printable(stem)}.safetensors into a folder and set {MIRROR} to that folder"
        )
    return file_at_hand


def _built(name: str, config: Mapping[str, Any]) -> tuple[Any, Any]:
    """A network with random weights, the same ones every time, and its tokenizer.

    Raises:
        InputError: open_clip makes none of the configuration.
    """
    import open_clip
    import torch

    with tempfile.TemporaryDirectory() as folder, _quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        Path(folder, _CONFIG).write_text(json.dumps(dict(config)), "utf-8")
        try:
            network = open_clip.create_model(
                f"local-dir:{folder}", load_weights=False, pretrained_text=False, pretrained_image=False
            )
            tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
        except Exception as fault:  # a configuration may be wrong in any way, and its parts fail in theirs
            reason = one_line(fault)[:200]
            raise InputError(f"open_clip makes no model of {printable(name)}: {printable(reason)}") from fault
    if not hasattr(network, "encode_image") or not hasattr(network, "encode_text"):
        raise InputError(f"{printable(name)} does not encode pictures and words")
    return network, tokenizer


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without open_clip's remarks on weights, which are ours to give."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _load_into(network: Any, file: Path, name: str) -> str:  # noqa: ANN401 (open_clip has no types)
    """Take weights from a file, and give its SHA-256.

    Raises:
        InputError: they cannot be read, or are of another network.
    """
    from open_clip.convert import convert_state_dict

    from visualize.models.readers import read

    state = {key.removeprefix("module."): value for key, value in read(file, "torch").items()}
    try:
        state = convert_state_dict(network, state)
        network.load_state_dict(state)
    except (RuntimeError, KeyError, ValueError) as fault:
        reason = one_line(fault)[:200]
        raise InputError(
            f"{printable(str(file))} holds weights of another network than {printable(name)}: {printable(reason)}"
        ) from fault
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _preparation(network: Any, shown: Mapping[str, Any]) -> Preparation:  # noqa: ANN401 (likewise)
    """How open_clip prepares pictures for a network.

    Raises:
        InputError: it does so in a way that is not known here.
    """
    import open_clip

    side = network.visual.image_size
    size = (side, side) if isinstance(side, int) else tuple(side)
    mode, scaling = shown.get("resize_mode") or "shortest", shown.get("interpolation") or "bicubic"
    if mode not in {"shortest", "squash"} or scaling not in {"bicubic", "bilinear"}:
        raise InputError(f"pictures scaled by {mode!r} and {scaling!r} are not known; encode them yourself")
    kind = Bicubic if scaling == "bicubic" else Preparation
    mean, std = shown.get("mean") or open_clip.OPENAI_DATASET_MEAN, shown.get("std") or open_clip.OPENAI_DATASET_STD
    return kind(size, None if mode == "squash" else min(size), mean=tuple(mean), std=tuple(std))
