"""The one file that a measurement writes: machine and versions, the figures of every part, and the bars."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING, Any

import torch

from visualize.methods import tf32
from visualize.methods.provenance import versions_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BARS: dict[str, tuple[str, Sequence[str], float]] = {
    "AlexNet conv5 of Broden's size from decoded tensors, seconds": (
        "dissection of AlexNet conv5, decoded", ("of Broden's size, seconds",), 120,
    ),
    "a step of ascent, times the bare network's": (
        "ascent, AlexNet", ("ratio to the bare network", "float32"), 1.3,
    ),
}  # fmt: skip
"""Bars by what is measured: the part, where in its figures the number stands, and what it should not exceed."""


def machine(device: torch.device) -> dict[str, Any]:
    """Machine, device and versions, as figures depend on them."""
    facts: dict[str, Any] = {
        "processor": platform.machine(), "cores": os.cpu_count(), "threads": torch.get_num_threads(),
        "python": platform.python_version(), "versions": dict(sorted(versions_in_use().items())),
        "device": device.type,
        "float32 products": tf32.described(),
    }  # fmt: skip
    if device.type == "cuda":
        about = torch.cuda.get_device_properties(device)
        facts |= {
            "device": about.name, "GPU memory, MB": about.total_memory >> 20, "CUDA": torch.version.cuda,
            "cuDNN": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
            "TF32 while the toolkit looks": tf32.in_force(),
        }  # fmt: skip
    return facts


def bars(parts: Mapping[str, Mapping[str, Any]], *, judged: bool) -> list[dict[str, Any]]:
    """Bars with what was measured: kept, missed, or None where the part gave no figure.

    Args:
        parts: figures by part.
        judged: False in a rehearsal, whose figures say nothing.
    """
    told = []
    for what, (part, way, bound) in BARS.items():
        value: Any = parts.get(part, {})
        for key in way:
            value = value.get(key) if isinstance(value, dict) else None
        told.append(
            {
                "bar": what,
                "bound": bound,
                "value": value,
                "kept": value <= bound if judged and value is not None else None,
            }
        )
    return told


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file in one go, so that what is there is whole whenever the measurement ends."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(json.dumps(content, indent=1) + "\n")
    beside.replace(path)
