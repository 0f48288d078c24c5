"""How large a vision-language model would be, told from its configuration before memory is taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TOKENS = 4096
"""Patches that a picture may be cut into."""
MOST_RANDOM = 500_000_000
"""Weights that may be drawn at random: as many as ViT-L-14 has, and some more."""
MODEST = 100_000_000
"""Weights that are made without a look at the length of their file."""

_IN_BLOCK = 12  # times the square of the width: what attention and two layers of four times the width hold
_IN_BOTTLENECK = 16  # likewise of a residual block; each of its stages is twice as wide as the one before


def weights_of(config: Mapping[str, Any]) -> int:
    """About how many weights an architecture of open_clip has.

    Args:
        config: its ``model_cfg``.

    Example:
        >>> round(weights_of({"vision_cfg": {}, "text_cfg": {"width": 512, "layers": 12}}) / 1e6)  # ViT-B-32 has 151
        148
    """
    vision, text = config["vision_cfg"], config["text_cfg"]
    words: int = text.get("width", 512)
    vocabulary: int = text.get("vocab_size", 49408)
    return _blocks(text, 512) + _blocks(vision, 768) + words * vocabulary


def require_modest(config: Mapping[str, Any], length: int | None, name: str) -> None:
    """Refuse an architecture whose weights cannot lie in their file, or whose pictures are cut too finely.

    Args:
        config: its ``model_cfg``, of known types.
        length: bytes of the file of weights; None for random ones.
        name: of the model, for the message.

    Raises:
        InputError: it is too large.
    """
    side, patch = config["vision_cfg"].get("image_size", 224), config["vision_cfg"].get("patch_size", 16)
    height, width = (side, side) if isinstance(side, int) else side
    patches = (height // patch) * (width // patch)
    if patches > MOST_TOKENS and not isinstance(config["vision_cfg"].get("layers"), list):
        raise InputError(f"{name} cuts a picture into {patches:,} patches; at most {MOST_TOKENS:,} are looked at")
    needed = weights_of(config)
    if length is None and needed > MOST_RANDOM:
        raise InputError(f"{name} has about {needed:,} weights; at most {MOST_RANDOM:,} are drawn at random")
    if length is not None and needed > max(length, MODEST):
        raise InputError(
            f"{name} has about {needed:,} weights, and the file of them {length:,} bytes; give the file of this model"
        )


def _blocks(tower: Mapping[str, Any], width: int) -> int:
    wide: int = tower.get("width", width)
    layers: int | list[int] = tower.get("layers", 12)
    if isinstance(layers, int):
        return _IN_BLOCK * wide * wide * layers
    return sum(_IN_BOTTLENECK * blocks * (wide << stage) ** 2 for stage, blocks in enumerate(layers))
