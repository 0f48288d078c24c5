"""The folder that a dissection works in, within the one that it writes to; it is gone when the tables are there."""

from __future__ import annotations

import os
import re
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from visualize.download import links
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


LOCK = ".lock"
MERGE_LOCK = "merge.lock"
_OURS = re.compile(
    r"asked\.json|(state|summary|tally)\.npz|(chunk|counts)-[0-9]+\.npy|\.viz-[0-9a-f]+\.part|(merge)?\.lock"
)


def check(work: Path) -> None:
    """Refuse a folder that is a link: what is written there would go elsewhere.

    Raises:
        InputError: it is one.
    """
    if work.is_symlink():
        raise InputError(f"{work} is a link, and nothing is written through one; remove it, or choose another --out")


def clear(work: Path) -> None:
    """Remove the folder with what dissections put there; what somebody else put there stays, and so does the folder."""
    if all(_OURS.fullmatch(name) for _, _, names in os.walk(work) for name in names):
        shutil.rmtree(work, ignore_errors=True)
        return
    with suppress(OSError):
        links.remove(work, _is_ours)


def _is_ours(below: str, state: os.stat_result) -> bool:
    return stat.S_ISDIR(state.st_mode) or _OURS.fullmatch(below.rpartition("/")[2]) is not None
