"""Segmentation networks of transformers, which is not needed for anything else: those that are on this disk."""

from __future__ import annotations

import hashlib
import importlib.util
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from visualize.data.segmenters.segmenter import AS_IT_IS, Segmenter
from visualize.methods.errors import InputError, one_line
from visualize.methods.plain_state import plain_state
from visualize.printable import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PREFIX = "hf/"


def transformers_segmenter(name: str) -> Segmenter:
    """Segmenter of ``hf/OWNER/NAME``: a semantic segmentation network of the Hugging Face hub.

    Its files must lie in the hub's cache on this disk (``hf download OWNER/NAME``), or in the folder that
    ``hf/PATH`` names. Weights are read as safetensors alone, and no code of the repository runs.

    Args:
        name: of the network.

    Raises:
        InputError: transformers is not installed, or the network cannot be loaded.
    """
    asked = name.removeprefix(_PREFIX)
    if importlib.util.find_spec("transformers") is None:
        raise InputError(f"{printable(name)} needs transformers, which is not installed; run: pip install transformers")
    import transformers  # type: ignore[import-not-found, unused-ignore] # of the user's, if at all

    only: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        processor = transformers.AutoImageProcessor.from_pretrained(asked, **only)
        network = transformers.AutoModelForSemanticSegmentation.from_pretrained(asked, use_safetensors=True, **only)
        classes = {int(number): str(label) for number, label in network.config.id2label.items()}
    except Exception as fault:  # of a library that fails in many ways
        reason = printable(one_line(fault))[:200]
        raise InputError(f"transformers loads no segmentation network {printable(asked)}: {reason}") from fault
    return Segmenter(name, _identity(network), classes, _Classes(network.eval(), processor), AS_IT_IS)


class _Classes:
    """The likeliest class of each pixel, by a network and the processor that goes with it."""

    def __init__(self, network: Any, processor: Any) -> None:  # noqa: ANN401 (transformers is not needed for types)
        self._network, self._processor = network, processor

    @plain_state()
    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Rows x columns, as the picture has them."""
        given = self._processor(images=Image.fromarray(picture), return_tensors="pt")
        with torch.no_grad():
            output = self._network(**given)
        (classes,) = self._processor.post_process_semantic_segmentation(output, target_sizes=[picture.shape[:2]])
        values: NDArray[np.int64] = classes.cpu().numpy()
        return values


def _identity(network: Any) -> str:  # noqa: ANN401 (likewise)
    """Digest of a network's weights and configuration."""
    digest = hashlib.sha256(str(sorted(network.config.to_dict().items(), key=str)).encode())
    for key, value in sorted(network.state_dict().items()):
        digest.update(key.encode() + value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
