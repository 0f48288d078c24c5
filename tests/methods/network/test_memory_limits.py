"""What limits leave to a process, on files as Linux writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from visualize.methods.network import accelerator, memory_limits

if TYPE_CHECKING:
    from pathlib import Path

CPU = torch.device("cpu")
MEGABYTE = 1 << 20


class _System:
    """A folder that stands for what the system tells."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root = root
        monkeypatch.setattr(memory_limits, "_PROCESS", root / "proc")
        monkeypatch.setattr(memory_limits, "_GROUPS", root / "groups")
        monkeypatch.setattr(memory_limits, "_MACHINE", root / "meminfo")
        monkeypatch.setattr(memory_limits, "address_space", lambda: None)

    def says(self, **files: str) -> None:
        """Write files; a double underscore stands for a slash."""
        for name, text in files.items():
            file = self._root.joinpath(*name.split("__"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _System:
    return _System(tmp_path, monkeypatch)


def test_nothing_is_known_where_the_system_tells_nothing(system: _System) -> None:
    assert memory_limits.allowed() is memory_limits.left() is memory_limits.available() is None
    assert accelerator.total_memory(CPU) > 0
    assert accelerator.free_memory(CPU) > 0
    system.says(proc__cgroup="nonsense\n0::/\n")
    assert memory_limits.allowed() is None


def test_the_strictest_of_the_groups_counts_and_what_was_read_is_easily_freed(system: _System) -> None:
    system.says(**{
        "proc__cgroup": "0::/slurm/job\n",
        "groups__slurm__memory.max": f"{100 * MEGABYTE}\n",
        "groups__slurm__memory.current": f"{90 * MEGABYTE}\n",
        "groups__slurm__memory.stat": f"anon 5\ninactive_file {30 * MEGABYTE}\n",
        "groups__slurm__job__memory.max": "max\n",
        "groups__slurm__job__memory.current": f"{80 * MEGABYTE}\n",
        "meminfo": f"MemTotal: 900 kB\nMemAvailable: {64 << 10} kB\n",
    })  # fmt: skip
    assert memory_limits.allowed() == 100 * MEGABYTE
    assert memory_limits.left() == 40 * MEGABYTE
    assert memory_limits.available() == 64 * MEGABYTE
    assert accelerator.total_memory(CPU) == 100 * MEGABYTE
    assert accelerator.free_memory(CPU) == 40 * MEGABYTE
    system.says(**{"groups__slurm__job__memory.max": f"{81 * MEGABYTE}\n"})
    assert (memory_limits.allowed(), memory_limits.left()) == (81 * MEGABYTE, MEGABYTE)
    system.says(**{"groups__slurm__memory.current": f"{900 * MEGABYTE}\n"})
    assert memory_limits.left() == 0


def test_groups_of_older_kernels_are_read_and_their_number_for_no_limit(system: _System) -> None:
    system.says(**{
        "proc__cgroup": "9:name=systemd:/x\n4:cpu,memory:/box\n0::/\n",
        "groups__memory__memory.limit_in_bytes": "9223372036854771712\n",
        "groups__memory__memory.usage_in_bytes": "1\n",
    })  # fmt: skip
    assert memory_limits.allowed() is None
    system.says(**{
        "groups__memory__box__memory.limit_in_bytes": f"{8 * MEGABYTE}\n",
        "groups__memory__box__memory.usage_in_bytes": f"{6 * MEGABYTE}\n",
        "groups__memory__box__memory.stat": f"total_inactive_file {MEGABYTE}\n",
    })  # fmt: skip
    assert (memory_limits.allowed(), memory_limits.left()) == (8 * MEGABYTE, 3 * MEGABYTE)


def test_the_processs_own_limit_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1 << 50, 1 << 50))
    monkeypatch.setattr(memory_limits, "control_groups", lambda: iter(()))
    assert memory_limits.allowed() == 1 << 50
    left = memory_limits.left()
    assert left is not None
    assert left < 1 << 50
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert memory_limits.allowed() is None
