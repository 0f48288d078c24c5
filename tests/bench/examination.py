"""Examination: what finding out how a network runs, and where its maps look, takes beside a unit's picture."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

import torch

from tests.sweep.networks import network
from visualize.methods import Preparation, Probe

if TYPE_CHECKING:
    from torch import nn

NETWORKS = (
    "torchvision/mobilenet_v2", "torchvision/resnet50", "torchvision/vit_b_16", "timm/volo_d1_224",
    "timm/swin_tiny_patch4_window7_224",
)  # fmt: skip
STEPS = 256  # of gradient ascent, with which a unit's card begins
MOST = 10.0  # seconds in all


def examination(given: Probe) -> list[bool]:
    """Print processor seconds of one thread for some networks, beside those of the passes of 256 steps of ascent.

    A card takes several times as long as these passes, which are the least that the examination can be held against.

    Args:
        given: places-squeezenet.

    Returns:
        For each network, whether it keeps the bar.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    print("\nexamination: processor seconds of one thread, examination + axes  (medians of 3 runs)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = [_measured("places-squeezenet", given.network, given.prepare.size)]
        for name in NETWORKS:
            built, size, _ = network(name)
            kept.append(_measured(name, built, size))
    torch.set_num_threads(threads)
    return kept


def _measured(name: str, built: nn.Module, size: tuple[int, int]) -> bool:
    rounds = []
    for _ in range(3):
        probe = Probe(built, prepare=Preparation(size))
        began = time.process_time()
        first = probe.examination
        between = time.process_time()
        assert first is not None
        layers = len(probe.layers)
        ended = time.process_time()
        rounds.append((between - began, ended - between, _passes(built, size)))
    examined, axes, passes = (sorted(column)[1] for column in zip(*rounds, strict=True))
    total, share = examined + axes, (examined + axes) / (STEPS * passes)
    kept = bool(total < MOST)
    print(f"  {name:<36} {layers:4d} layers {examined:5.2f} + {axes:5.2f} s   bar: {MOST:.0f} s: {_word(kept)}", end="")
    print(f"   {share:.1%} of {STEPS} forward and backward passes, {STEPS * passes:.0f} s", flush=True)
    return kept


def _word(kept: object) -> str:
    return "kept" if kept else "MISSED"


def _passes(built: nn.Module, size: tuple[int, int]) -> float:
    """Seconds of a forward pass of a picture, and of the way back to it."""
    built.requires_grad_(requires_grad=False)
    picture = torch.rand(1, 3, *size, requires_grad=True)
    built(picture).sum().backward()
    began = time.process_time()
    built(picture).sum().backward()
    return time.process_time() - began
