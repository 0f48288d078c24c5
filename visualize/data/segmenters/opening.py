"""Segmenters by name: networks of libraries, and functions of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.data.segmenters.names import FORMS, require_named
from visualize.methods.errors import InputError, suggest
from visualize.printable import printable

if TYPE_CHECKING:
    from visualize.data.segmenters.segmenter import Segmenter
    from visualize.methods.progress import Progress


def open_segmenter(name: str, progress: Progress) -> Segmenter:
    """Load a segmenter by its name.

    Args:
        name: ``"torchvision/NAME"``, ``"torchvision/NAME:none"`` (random weights), ``"hf/OWNER/NAME"`` (a network of
            transformers that is on this disk), or ``"path/to/file.py:function"`` or ``"package.module:function"``,
            which runs that code.
        progress: told how much of the weights' download is there.

    Raises:
        InputError: there is none of that name, its weights cannot be had, or it is code that a record alone names.
    """
    if name.startswith("torchvision/"):
        from visualize.data.segmenters.of_torchvision import torchvision_segmenter

        return torchvision_segmenter(name, progress)
    if name.startswith("hf/"):
        from visualize.data.segmenters.of_transformers import transformers_segmenter

        return transformers_segmenter(name)
    if ":" in name:
        require_named(name)
        from visualize.data.segmenters.of_user import user_segmenter

        return user_segmenter(name)
    known = ("torchvision/deeplabv3_resnet50", "torchvision/fcn_resnet50", "torchvision/lraspp_mobilenet_v3_large")
    raise InputError(f"{printable(name)!r} is no segmenter{suggest(name, known)}; {FORMS}")
