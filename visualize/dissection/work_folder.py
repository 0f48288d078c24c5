"""The folder that a dissection works in, within the one that it writes to; it is gone when the tables are there."""

from __future__ import annotations

import os
import re
import shutil
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from visualize.download import links
from visualize.files import locked, require_no_link
from visualize.methods.errors import InputError, system_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


ASKED = "asked.json"
LOCK = ".lock"
MERGE_LOCK = "merge.lock"
_OURS = re.compile(
    r"asked\.json|(state|summary|tally|scan-[0-9]+)\.npz|(chunk|counts)-[0-9]+\.npy|\.viz-[0-9a-f]+\.part|(merge)?\.lock"
)


def check(work: Path) -> None:
    """Refuse a folder that is a link: what is written there would go elsewhere.

    Raises:
        InputError: it is one.
    """
    require_no_link(work, instead="remove it, or choose another --out")


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Keep other processes out of a working folder; the lock of a process that was killed is open.

    Args:
        work: the folder, which lies in the one that results go to; folders that stay empty are removed at the end.

    Raises:
        InputError: another process works there, or nothing can be written.
    """
    check(work)
    made = [path for path in (work, *work.parents) if not path.exists()]
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"cannot write to {work.parent}: {system_words(fault)}; choose another folder") from fault
    busy = f"another process is dissecting into {work.parent}; wait for it, or choose another folder"
    with locked(work / LOCK, busy, lambda: _tidy(work, made)):
        yield


def _tidy(work: Path, made: Sequence[Path]) -> None:
    """Remove the folders that were made and in which nothing came to be, so that what is refused leaves nothing.

    The record of what was asked for is nothing yet.
    """
    if made and {path.name for path in work.glob("*")} <= {LOCK, ASKED}:
        for name in (ASKED, LOCK):
            (work / name).unlink(missing_ok=True)
    for folder in made:
        if not folder.is_dir():
            continue
        if any(folder.iterdir()):
            break
        folder.rmdir()


def clear(work: Path) -> None:
    """Remove the folder with what dissections put there; what somebody else put there stays, and so does the folder."""
    if all(_OURS.fullmatch(name) for _, _, names in os.walk(work) for name in names):
        shutil.rmtree(work, ignore_errors=True)
        return
    with suppress(OSError):
        links.remove(work, _is_ours)


def _is_ours(below: str, state: os.stat_result) -> bool:
    return stat.S_ISDIR(state.st_mode) or _OURS.fullmatch(below.rpartition("/")[2]) is not None
