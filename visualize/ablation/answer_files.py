"""Answers of a network without some units, kept in files so that an interrupted ablation goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.files import require_no_link
from visualize.methods.ablation.study import Answers, answers
from visualize.transfers.room import fits, mapped, spacious

if TYPE_CHECKING:
    from pathlib import Path


def answer_files(shape: tuple[int, int], *, evidence: bool, folder: Path | None, key: str | None) -> Answers:
    """Answers of pictures x questions, those of an earlier run among them.

    Args:
        shape: pictures and questions.
        evidence: keep the probability of each picture's own class too.
        folder: where they lie; None keeps them in memory.
        key: of all that they depend on (:func:`~visualize.transfers.room.room_key`); None keeps them in memory too.

    Raises:
        InputError: the folder is a link.
        OSError: it cannot be written, or the disk is full.
    """
    if folder is None or key is None:
        return answers(shape, evidence=evidence, room=spacious)
    require_no_link(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{key}-{number}.answers" for number, kind in enumerate(("called", "evidence"))}
    sizes = {"called": 4 * shape[0] * shape[1], "evidence": 4 * shape[0] * shape[1] * evidence}
    whole = all(not sizes[kind] or fits(path, sizes[kind]) for kind, path in paths.items())
    seals = mapped(folder / f"{key}.state", np.uint32, shape[:1], kept=whole)
    called = mapped(paths["called"], np.int32, shape, kept=whole)
    weights = mapped(paths["evidence"], np.float32, shape, kept=whole) if evidence else np.zeros((shape[0], 0), "f4")
    held = Answers(called, weights, seals)
    held.forget_damaged()
    return held
