"""Every way of looking on a pretended GPU and on the processor: ``python -m tests.kit.on_pretended_gpu`` prints JSON.

By name of the method: how far apart the numbers of both are at most, or the traceback of what a GPU refuses.
"""

# ruff: noqa: T201 (what it prints is read by a test)

from __future__ import annotations

import json
import traceback
import warnings
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from tests.kit.pretended_gpu import GPU, NAME
from visualize.methods import GradientAscent, Inversion, Method, Probe, Unit
from visualize.methods.registry import table
from visualize.methods.settings import settings
from visualize.methods.testing import subjects

if TYPE_CHECKING:
    from collections.abc import Callable

Told = TypeVar("Told")
_FEW: dict[str, Any] = {"steps": 2, "count": 1, "cascade": 1, "levels": 2}


def _probe(device: str) -> Probe:
    probe = subjects.tiny_probe()
    probe.network.to(device)
    return probe


def _apart(method: Method) -> float:
    """Largest difference between the numbers of the device and of the processor."""
    here, there = (method(_probe(device), subjects.UNITS[:1], subjects.noise_for(method)) for device in ("cpu", NAME))
    return max(
        float(np.abs(values.astype(float) - other.arrays()[name]).max(initial=0))
        for result, other in zip(here, there, strict=True)
        for name, values in result.arrays().items()
        if values.dtype.kind in "biuf"
    )


def _waits(method: Callable[..., Method]) -> dict[str, int]:
    """What four steps more have the processor wait for."""
    probe, seen = _probe(NAME), []
    for steps in (2, 2, 6):  # the first finds out about the network
        before = Counter(GPU.waits)
        made = method(count=1, steps=steps)
        made(probe, [Unit("deep", 1)], subjects.noise_for(made))
        seen.append(GPU.waits - before)
    return dict(seen[2] - seen[1])


def _told(work: Callable[[], Told]) -> Told | str:
    try:
        return work()
    except Exception:  # noqa: BLE001 (it is told, and the rest goes on)
        return traceback.format_exc()


def _refused() -> dict[str, str]:
    """What the device says to what a GPU refuses."""
    there, wanted = torch.ones(3, device=NAME), {}
    works: dict[str, Callable[[], object]] = {
        "two devices": lambda: there + torch.ones(3),
        "numpy": there.numpy,
        "waiting in a graph": lambda: GPU.captured(lambda given: (given * given.sum().item(),), there),
        "copying in a graph": lambda: GPU.captured(lambda given: (given + torch.ones(3).to(given),), there),
    }
    for name, work in works.items():
        try:
            work()
        except (RuntimeError, TypeError) as fault:
            wanted[name] = str(fault)
    return wanted


def main() -> None:
    """Print what every method does there."""
    warnings.simplefilter("ignore")
    GPU.install()
    found = {}
    for name, kind in table().items():
        own = {item.name for item in settings(kind) if not item.setting.only_with}
        few = kind(**{key: value for key, value in _FEW.items() if key in own})
        found[name] = _told(partial(_apart, few))
    graph = GradientAscent(steps=3, graph=True, count=2, l2=0.1, tv=0.1)
    found["a graph"] = _told(partial(_apart, graph))
    waits = {kind.name: _told(partial(_waits, kind)) for kind in (GradientAscent, Inversion)}
    print(json.dumps({"apart": found, "replays": GPU.replays, "waits": waits, "refused": _refused()}))


if __name__ == "__main__":
    main()
