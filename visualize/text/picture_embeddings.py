"""Embeddings of a set's pictures by a vision-language model, kept as they come, so that a run goes on with them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.pictures.reader import Reader
from visualize.methods.pictures.scan import stacked
from visualize.methods.provenance import versions_in_use
from visualize.transfers.room import BROKEN, READ, UNSEEN, make_room, room_key

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.text.vision_language import VisionLanguage

_BATCH = 16  # pictures in one run
_HANDS = 4  # threads that load them
_NAME = "embeddings"


def picture_embeddings(
    model: VisionLanguage, images: Images, folder: Path | None, progress: Progress
) -> NDArray[np.float32]:
    """Embed every picture; those in a folder are taken from there.

    Args:
        model: the model.
        images: the pictures; one that cannot be read is named in a warning and gets zeros.
        folder: where embeddings are kept, by model and pictures; None keeps nothing.
        progress: told how many pictures are done.

    Raises:
        InputError: no picture can be read, or the folder is a link.
    """
    key = None if folder is None else room_key(images, model.source, model.weights, model.prepare, versions_in_use())
    room = make_room({_NAME: (len(images), model.features)}, folder, key)
    reader = Reader(images)
    waiting = np.flatnonzero(room.state != READ)
    values = room.values[_NAME]
    progress(len(images) - len(waiting), len(images))
    with ThreadPoolExecutor(_HANDS, thread_name_prefix="load") as hands:
        for first in range(0, len(waiting), _BATCH):
            places = [int(place) for place in waiting[first : first + _BATCH]]
            loaded = list(hands.map(lambda place: reader.load(place, model.prepare), places))
            pairs = zip(places, loaded, strict=True)
            kept = [item for place, picture in pairs for item in reader.readable(place, [picture])]
            if kept:
                rows = [place for place, _ in kept]
                pictures = stacked([picture for _, picture in kept]).float().div_(255)
                values[rows] = model.pictures(pictures)
                room.settle(np.array(rows), READ)
            room.settle(np.array([place for place in places if room.state[place] == UNSEEN], np.intp), BROKEN)
            progress(len(images) - len(waiting) + first + len(places), len(images))
    if not (room.state == READ).any():
        reader.require_some()
    return np.array(values)
