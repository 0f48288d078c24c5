"""Shapes of LabelMe's label files, drawn into one label map as its own converter draws them."""

from __future__ import annotations

import base64
import binascii
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from visualize.data.layouts.outlines import FARTHEST, MOST_POINTS, require_few, require_modest, require_size
from visualize.intake import json_text
from visualize.intake.fields import items, maybe, record, text, whole
from visualize.intake.number_lists import points
from visualize.methods.pictures.image_file import open_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.data.files.registration import Size

_MEMORY = 400 << 20  # bytes that one file may take; it may hold the picture itself
_MOST_SIDE = 1 << 20
_MOST_TEXT = 300 << 20
_MOST_CORNERS = 20_000  # of one shape; Pillow compares each with all others of its row
_CORNER = 20  # pixels along an outline that could be drawn while one point is
_WIDE, _THICK = 10, 5  # of lines, and half of points, as LabelMe draws them; pixels
_COUNTS = {"circle": (2, 2), "rectangle": (2, 2), "line": (2, 2), "point": (1, 1), "oriented_rectangle": (4, 4),
           "polygon": (3, _MOST_CORNERS), "linestrip": (2, _MOST_CORNERS), "mask": (2, 2)}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """One shape of a label file.

    Args:
        label: the name of what it is drawn around.
        kind: polygon, rectangle, oriented_rectangle, circle, line, linestrip, point or mask.
        points: n x 2, x and y.
        mask: of the kind "mask", a PNG file in base64; "" for all others.
    """

    label: str
    kind: str
    points: NDArray[np.float64]
    mask: str = ""


@dataclass(frozen=True)
class LabelFile:
    """Content of a label file.

    Args:
        picture: the path of its picture, as the file has it.
        size: height and width of the picture where they are stated.
        shapes: in the order in which they are drawn.
        image: the picture itself, a file in base64; "" where it is not held.
    """

    picture: str
    size: Size | None
    shapes: tuple[Shape, ...]
    image: str = ""


_shape_fields = record(
    {"label": text(0, 1000), "points": points(most=MOST_POINTS, bound=FARTHEST)},
    {"shape_type": maybe(text(0, 40)), "mask": maybe(text(0, _MOST_TEXT))},
)


def _shape(value: object) -> Shape:
    held = _shape_fields(value)
    return Shape(held["label"].strip(), held.get("shape_type") or "polygon", held["points"], held.get("mask") or "")


_FILE = record(
    {"shapes": items(_shape)},
    {
        "imagePath": maybe(text(0, 4096)),
        "imageData": maybe(text(0, _MOST_TEXT)),
        "imageHeight": maybe(whole(1, _MOST_SIDE)),
        "imageWidth": maybe(whole(1, _MOST_SIDE)),
    },
)


def read_label_file(path: Path) -> LabelFile:
    """Read a label file.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    held = json_text.read(path, _FILE, memory=_MEMORY)
    tall, wide = held.get("imageHeight"), held.get("imageWidth")
    size = (tall, wide) if tall and wide else None
    return LabelFile(
        (held.get("imagePath") or "").replace("\\", "/"), size, held["shapes"], held.get("imageData") or ""
    )


def picture_in(image: str) -> bytes:
    """The picture that a label file holds.

    Raises:
        ValueError: it is no base64.
    """
    try:
        return base64.b64decode(image, validate=True)
    except binascii.Error as fault:
        raise ValueError("its imageData is no base64") from fault


def drawn(shapes: Sequence[Shape], size: Size, numbers: Mapping[str, int]) -> NDArray[np.int32]:
    """The label map of a picture's shapes, of which a later one covers an earlier one.

    Args:
        shapes: in their order.
        size: rows and columns.
        numbers: label -> what the map holds for it.

    Raises:
        ValueError: a shape cannot be drawn, is too long, or all together are too large.
        KeyError: a label has no number.
    """
    require_size(size)
    for shape in shapes:
        least, most = _COUNTS.get(shape.kind, (0, -1))
        if not least <= len(shape.points) <= most:
            raise ValueError(f"a {shape.kind[:40]!r} of {len(shape.points):,} points is none of LabelMe's shapes")
        require_modest(shape.points)
    require_few(
        [_reach(shape) for shape in shapes if shape.kind != "mask"],
        size,
        runs=_CORNER * sum(len(shape.points) for shape in shapes),
        stored=[shape.points for shape in shapes if shape.kind == "mask"],
    )
    canvas = Image.new("I", size[::-1])
    for shape in shapes:
        if shape.kind == "mask":
            _paste(canvas, shape, numbers[shape.label])
        else:
            _draw(ImageDraw.Draw(canvas), shape, numbers[shape.label])
    return np.asarray(canvas, np.int32)


def _reach(shape: Shape) -> NDArray[np.float64]:
    """Corners of what a shape covers."""
    if shape.kind != "circle":
        return shape.points
    return np.stack([shape.points[0] - _radius(shape), shape.points[0] + _radius(shape)])


def _radius(shape: Shape) -> float:
    return math.dist(shape.points[0], shape.points[1])


def _draw(draw: ImageDraw.ImageDraw, shape: Shape, number: int) -> None:
    if shape.kind in {"circle", "point"}:
        radius = _radius(shape) if shape.kind == "circle" else _THICK
        x, y = shape.points[0].tolist()
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=number, fill=number)
    elif shape.kind == "rectangle":
        draw.rectangle((*shape.points.min(0).tolist(), *shape.points.max(0).tolist()), outline=number, fill=number)
    elif shape.kind in {"line", "linestrip"}:
        draw.line([(x, y) for x, y in shape.points.tolist()], fill=number, width=_WIDE)
    else:
        draw.polygon([(x, y) for x, y in shape.points.tolist()], outline=number, fill=number)


def _paste(canvas: Image.Image, shape: Shape, number: int) -> None:
    """Lay a mask into its box, whose corners belong to it.

    Raises:
        ValueError: the mask is no picture, or not as large as its box.
    """
    left, top, right, bottom = shape.points.astype(int).ravel().tolist()
    with open_image(io.BytesIO(picture_in(shape.mask))) as stored:
        if stored.size != (right - left + 1, bottom - top + 1):
            raise ValueError(f"a mask of {stored.width} x {stored.height} pixels in a box of another size")
        require_size((stored.height, stored.width))
        values = np.asarray(stored).astype(bool)
    inside = values.any(-1) if values.ndim == 3 else values
    canvas.paste(number, (left, top), Image.fromarray(np.asarray(inside)))
