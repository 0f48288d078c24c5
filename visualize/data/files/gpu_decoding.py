"""JPEG files that a GPU decodes and scales, where that was asked for: other pixels than Pillow's, by a few levels.

nvJPEG rounds in another way than the library that everything else here is decoded by, and a GPU scales in floating
point, so that activations and counts differ a little too. It is therefore never done by itself, and a dissection that
was made so says it in its record.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    import torch
    from numpy.typing import NDArray
    from PIL import Image

    from visualize.methods.network.preprocessing import Preparation

Decoding = Literal["processor", "gpu"]

_devices: list[torch.device] = []  # of the whole process: threads load pictures


@contextmanager
def decoding(where: Decoding, device: torch.device) -> Iterator[None]:
    """Have JPEG files decoded on a device within the block, by all threads, or by the processor as always.

    Args:
        where: ``"processor"`` changes nothing.
        device: that the network runs on.

    Raises:
        InputError: a GPU is asked for, and the network runs on none, or torchvision decodes nothing any more, or not on
            this GPU: what it cannot decode the processor does, and it is not to be said of a run that had none decoded.
    """
    from visualize.methods.network import accelerator

    if where == "processor":
        yield
        return
    if not accelerator.is_gpu(device):
        raise InputError(f"--decode gpu needs a GPU, and the network runs on {device}; leave it out, or --device cuda")
    try:
        from torchvision.io import decode_jpeg  # noqa: F401 (torchvision 0.29 says that it will go)
    except ImportError as fault:
        raise InputError("this torchvision decodes no pictures; leave out --decode gpu, or install 0.28") from fault
    _require_decoder(device)
    _devices.append(device)
    try:
        yield
    finally:
        _devices.pop()


def _require_decoder(device: torch.device) -> None:
    """Make sure that a picture is decoded on a device.

    Raises:
        InputError: it is not, with torchvision's reason.
    """
    import torch
    from PIL import Image
    from torchvision.io import ImageReadMode, decode_jpeg

    held = io.BytesIO()
    Image.new("RGB", (16, 16)).save(held, "JPEG")
    content = torch.frombuffer(bytearray(held.getvalue()), dtype=torch.uint8)
    try:
        decode_jpeg(content, mode=ImageReadMode.RGB, device=device)
    except RuntimeError as fault:
        reason = str(fault).strip().partition("\n")[0][:200]
        raise InputError(f"torchvision decodes no JPEG on {device} ({reason}); leave out --decode gpu") from fault


def takes(picture: Image.Image, preparation: Preparation | None) -> bool:
    """Whether a GPU is asked to decode a picture, by its header alone.

    Args:
        picture: its header, as Pillow read it.
        preparation: the size that it is brought to.
    """
    return bool(_devices) and preparation is not None and picture.format == "JPEG" and picture.mode in {"RGB", "L"}


def decoded(
    picture: Image.Image, path: str | Path | BinaryIO, preparation: Preparation | None
) -> NDArray[np.uint8] | None:
    """A picture as a GPU decodes and scales it; None where none is asked to, or where it cannot be sure to be right.

    Args:
        picture: its header, as Pillow read it: upright, in colours or grey.
        path: its file.
        preparation: the size that it is brought to.
    """
    if preparation is None or not takes(picture, preparation):
        return None
    import torch
    import torch.nn.functional as F  # noqa: N812 (torch's own convention)
    from torchvision.io import ImageReadMode, decode_jpeg

    try:
        content = torch.frombuffer(bytearray(_content(path)), dtype=torch.uint8)
        pixels = decode_jpeg(content, mode=ImageReadMode.RGB, device=_devices[-1])
    except RuntimeError:  # the processor decodes it, or says what is wrong with it
        return None
    if pixels.shape[1:] != (picture.height, picture.width):
        return None
    tall, wide, top, left = preparation.window(picture.height, picture.width)
    if (tall, wide) != tuple(pixels.shape[1:]):
        scaled = F.interpolate(pixels[None].float(), (tall, wide), mode="bilinear", antialias=True)[0]
        pixels = scaled.round_().clamp_(0, 255).byte()
    height, width = preparation.size
    shown = pixels[:, top : top + height, left : left + width].permute(1, 2, 0)
    return np.asarray(shown.contiguous().cpu().numpy())


def _content(path: str | Path | BinaryIO) -> bytes:
    if isinstance(path, str | Path):
        return Path(path).read_bytes()
    at = path.tell()
    path.seek(0)
    content = path.read()
    path.seek(at)
    return content
