"""Whatever of a machine and its libraries the last bits of a number hang on."""

from __future__ import annotations

import functools
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from visualize.methods import tf32
from visualize.methods.provenance import versions_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator

_ARITHMETIC = ("ATEN_CPU_CAPABILITY", "MKL_", "ONEDNN_", "DNNL_", "CUBLAS_", "NVIDIA_TF32_OVERRIDE", "CUDNN_")
"""Beginnings of variables of the environment that choose among ways to compute."""


def machine(device: torch.device) -> dict[str, str]:
    """Machine, libraries and what they were told, by name, as text.

    Args:
        device: that the network runs on.
    """
    told = {
        "threads": torch.get_num_threads(),
        "products": tf32.described(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "mkldnn": torch.backends.mkldnn.enabled,
        "denormals": _denormals(),
        "environment": sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(_ARITHMETIC)),
    }
    return {**_fixed(), **{name: str(value) for name, value in told.items()}, "device": _device(device)}


@functools.cache
def _fixed() -> dict[str, str]:
    return {
        "python": sys.version,
        "libraries": str(sorted(versions_in_use().items())),
        "system": f"{platform.system()} {platform.machine()} {platform.processor()}",
        "processor": " ".join([torch.backends.cpu.get_cpu_capability(), *_processor()]),
    }


def _processor() -> Iterator[str]:
    """Name of the processor, where the system tells it: libraries choose their ways by it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    yield from sorted({line.partition(":")[2].strip() for line in lines if line.startswith("model name")})


def _denormals() -> bool:
    """Whether numbers next to zero are kept."""
    return bool((torch.tensor([1e-40], device="cpu") * torch.ones(1, device="cpu")).item())


def _device(device: torch.device) -> str:
    if device.type != "cuda":
        return device.type
    flags = [
        torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic,
        tf32.in_force(), tf32.allowed(),
    ]  # fmt: skip
    version: object = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    return f"{torch.cuda.get_device_name(device)} {torch.version.cuda} {version} {flags}"
