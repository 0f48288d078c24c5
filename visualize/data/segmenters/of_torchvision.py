"""Segmentation networks of torchvision."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from visualize.data.segmenters.segmenter import Segmenter, Whole
from visualize.download.fetch import fetch
from visualize.download.resource import Resource
from visualize.methods.errors import InputError, one_line, suggest
from visualize.methods.plain_state import plain_state

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.progress import Progress

_PREFIX, _RANDOM = "torchvision/", "none"
_OTHERWISE = ", or try the way with random weights, as {name}:none"


def torchvision_segmenter(name: str, progress: Progress) -> Segmenter:
    """Segmenter of ``torchvision/NAME``, ``torchvision/NAME:WEIGHTS`` or ``torchvision/NAME:none``.

    Pictures are prepared as the weights' own transforms say: the shorter side scaled to 520 pixels, mean and deviation
    of ImageNet. Classes are those that the weights name; the background is no label.

    Args:
        name: of the network.
        progress: told how much of the weights' download is there.

    Raises:
        InputError: torchvision has no such segmentation network or weights, or the weights cannot be had.
    """
    from torchvision import models

    architecture, _, chosen = name.removeprefix(_PREFIX).partition(":")
    known = models.list_models(module=models.segmentation)
    if architecture not in known:
        raise InputError(
            f"torchvision has no segmentation network {architecture!r}{suggest(architecture, known)} (it has "
            f"{', '.join(known)})"
        )
    enum = models.get_model_weights(architecture)
    members = {member.name.lower(): member for member in enum}
    if chosen.lower() not in {"", _RANDOM, *members}:
        raise InputError(f"{architecture} has no weights {chosen!r}; it has {', '.join([*members, _RANDOM])}")
    weights = members.get(chosen.lower(), enum.DEFAULT)
    network, identity = _network(architecture, len(weights.meta["categories"])), f"random {torch.__version__}"
    if chosen.lower() != _RANDOM:
        identity = _load_into(network, weights.url, name, progress)
    shown = weights.transforms()
    return Segmenter(
        name=name,
        identity=hashlib.sha256(f"{architecture} {identity}".encode()).hexdigest(),
        classes=dict(enumerate(weights.meta["categories"])),
        segment=_Classes(network, tuple(shown.mean), tuple(shown.std)),
        prepare=Whole((shown.resize_size[0],) * 2),
    )


class _Classes:
    """The likeliest class of each pixel, by a network of torchvision's interface."""

    def __init__(self, network: torch.nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.to(device).eval()
        self._mean, self._std = (torch.tensor(values, device=device)[:, None, None] for values in (mean, std))

    @plain_state()
    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Rows x columns, as the picture has them."""
        pixels = torch.from_numpy(np.array(picture)).to(self._mean.device).permute(2, 0, 1).float() / 255
        with torch.no_grad():
            scores = self._network((pixels - self._mean)[None] / self._std)["out"]
        classes: NDArray[np.int64] = scores[0].argmax(0).cpu().numpy()
        return classes


def _network(architecture: str, classes: int) -> torch.nn.Module:
    """A network with random weights, the same ones every time."""
    from torchvision import models

    more: dict[str, Any] = {} if architecture.startswith("lraspp") else {"aux_loss": True}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network: torch.nn.Module = models.get_model(
            architecture, weights=None, weights_backbone=None, num_classes=classes, **more
        )
    return network


def _load_into(network: torch.nn.Module, url: str, name: str, progress: Progress) -> str:
    """Take published weights from a mirror, the cache or their address, and give their SHA-256.

    Raises:
        InputError: they cannot be had, or are of another network.
    """
    file = url.rpartition("/")[2]
    stated = file.rpartition("-")[2].partition(".")[0]  # torch.hub's convention: NAME-DIGITS.pth
    path = fetch(
        Resource(file=file, sources=(url,), sha256=stated), progress=progress, otherwise=_OTHERWISE.format(name=name)
    )
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as fault:  # a file of torch's may be wrong in any way, and its reader fails in as many
        reason = one_line(fault)[:200]
        raise InputError(f"{path} holds no weights of {name}: {reason}") from fault
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
