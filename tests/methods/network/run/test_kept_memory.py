from __future__ import annotations

import os
import platform
import sys

import pytest
import torch

from visualize.methods.network.run.kept_memory import keep_memory

_OTHERS = any(name.startswith(("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")) for name in os.environ)


@pytest.mark.skipif(
    sys.platform == "win32" or platform.libc_ver()[0] != "glibc" or _OTHERS, reason="needs glibc as it comes"
)
def test_memory_of_50_mb_is_not_asked_for_anew() -> None:
    import resource

    def use() -> None:
        for tensor in [torch.empty(25 << 20, dtype=torch.uint8) for _ in range(2)]:
            tensor[:: resource.getpagesize()] = 1

    keep_memory()
    for _ in range(5):  # free memory that lay there before, beyond what is kept, goes back once
        use()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        use()
    pages = 4 * 2 * (25 << 20) // resource.getpagesize()
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert taken < pages / 10
