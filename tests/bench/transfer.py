"""Features of all blocks of a network against loading and its forward pass, and the seconds of a fit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import torch

from tests.bench.timing import Ratio, compare, timed, worked
from visualize.methods.pictures.scan import stacked
from visualize.transfers.features import read_features
from visualize.transfers.part import Lesson
from visualize.transfers.protocols.catalogue import PROTOCOLS

if TYPE_CHECKING:
    from visualize.methods import Images, Probe

_PICTURES = 96
_CLASSES = 8
_BARE = "loading + forward, as the toolkit runs it"


def transfer(probe: Probe, images: Images, rounds: int) -> bool:
    """Time features of all blocks; print how long a fit on the widest of them takes."""
    from visualize.methods.pictures.images import Subset

    held = Subset(images, tuple(range(_PICTURES)))
    layers, pools = list(probe.blocks), PROTOCOLS["svm"].pools(9000)
    last = layers[-1]

    def read() -> None:
        read_features(probe, held, layers, pools=pools, batch=8, progress=lambda *_: None)

    def bare() -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as pool, torch.no_grad():
            loaded = pool.map(lambda index: held.load(index, probe.prepare), range(_PICTURES))
            part = []
            for picture in loaded:
                part.append(picture)
                if len(part) == 8:
                    probe.activations(stacked(part).float() / 255, [last])
                    part = []

    bar = Ratio("features", _BARE, 1.3)
    title = f"features of {len(layers)} blocks, {_PICTURES} photographs"
    kept = compare(title, {"features": timed(read), _BARE: timed(bare)}, [bar], rounds=rounds)
    compare(f"{title}, processor time", {"features": worked(read), _BARE: worked(bare)}, [bar], rounds=rounds)
    features = read_features(probe, held, layers, pools=pools, batch=8, progress=lambda *_: None)
    rows = max((item.values for item in features.layers.values()), key=lambda values: values.shape[1])
    labels = (np.random.default_rng(0).random((_PICTURES, _CLASSES)) < 0.3).astype(np.int8)
    for name in ("svm", "voc07", "logistic"):
        began = time.perf_counter()
        PROTOCOLS[name].learn(Lesson(rows, labels, rows, several=True))
        print(f"  {name}, {_CLASSES} classes, {rows.shape[1]} features, C chosen: {time.perf_counter() - began:.2f} s")
    return kept
