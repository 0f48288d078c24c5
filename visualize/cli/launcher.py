"""Processes that torchrun or srun started together: which of them this one is, as their environment says."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
_SLURM = ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID")
_STEP = ("SLURM_STEP_ID", "SLURM_STEPID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_NODELIST")
_MOST = 1_000_000


@dataclass(frozen=True)
class Place:
    """Place of a process among those that were started together.

    Args:
        rank: its number among all, from 0.
        count: how many there are, on all machines.
        local: its number among those on its machine, from 0.

    Example:
        >>> Place(rank=5, count=8, local=1).shard
        (6, 8)
    """

    rank: int
    count: int
    local: int

    @property
    def shard(self) -> tuple[int, int]:
        """The part of the work that is its own: (which, of how many), from 1."""
        return self.rank + 1, self.count

    @property
    def leads(self) -> bool:
        """Whether it is the one that shows progress, and tells what was there before."""
        return self.rank == 0

    def device(self, asked: str) -> str:
        """The device that it takes: of several GPUs that of its number on the machine, as far as none is named.

        That GPU is torch's current one from then on: whatever else runs on one, as a segmenter does, runs there.

        Args:
            asked: as ``--device`` gives it.
        """
        if asked not in {"auto", "cuda"}:
            return asked
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not count:
            return asked
        torch.cuda.set_device(self.local % count)
        return f"cuda:{self.local % count}"


def place(environment: Mapping[str, str] | None = None) -> Place | None:
    """The place that the environment tells; None where this process was started alone.

    Args:
        environment: variables; None is those of the process. torchrun's come before Slurm's, under which it may have
            been started. A batch script that Slurm runs bears the variables of a task, and is none.

    Raises:
        InputError: the variables contradict each other.

    Example:
        >>> place({"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"})
        Place(rank=1, count=2, local=1)
        >>> place({"SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_JOB_ID": "77"})
    """
    held = os.environ if environment is None else environment
    for names in (_TORCHRUN, _SLURM):
        rank, count, local = (held.get(name, "").strip() for name in names)
        if not rank or not count or (names is _SLURM and _is_batch_script(held)):
            continue
        if names is _SLURM:
            count = held.get("SLURM_STEP_NUM_TASKS", "").strip() or count
        found = Place(
            _number(names[0], rank), _number(names[1], count, least=1), _number(names[2], local) if local else 0
        )
        _check(found, names)
        return found if found.count > 1 else None
    return None


def warn_of_others(command: str) -> None:
    """Say that processes which were started together all do the same, where they are several.

    Args:
        command: the command, which does not share its work.
    """
    from visualize.methods.errors import InputError, InputWarning

    try:
        here = place()
    except InputError:  # of variables that this command does not need
        return
    if here is not None and here.leads:
        warnings.warn(
            f"{here.count} processes were started together, and each does all that {command} is asked for: the work of "
            f"dissect alone is shared among them; for others there is --on (docs/cluster.md)",
            InputWarning,
            stacklevel=2,
        )


def _is_batch_script(held: Mapping[str, str]) -> bool:
    return "SLURM_JOB_ID" in held and not any(name in held for name in _STEP)


def _number(name: str, text: str, least: int = 0) -> int:
    from visualize.methods.errors import InputError

    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_MOST)) or int(text) < least:
        raise InputError(
            f"the variable {name} is {text[:40]!r}, and a launcher sets it to a whole number from {least}; "
            f"unset it, or say --shard I/N"
        )
    return int(text)


def _check(found: Place, names: tuple[str, ...]) -> None:
    from visualize.methods.errors import InputError

    if found.rank >= found.count:
        raise InputError(
            f"the variables say that this is process {found.rank} of {found.count}, from 0 ({names[0]}, {names[1]}); "
            f"unset them, or say --shard I/N"
        )
