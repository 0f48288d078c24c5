from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from visualize.cluster.broken_pictures import require_broken
from visualize.cluster.pieces import Piece
from visualize.data.sets.folder import open_folder
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Preparation(size=(8, 8))


def test_what_a_worker_cannot_read_must_be_broken_here_too(tmp_path: Path) -> None:
    for name in ("0.png", "1.png", "2.png"):
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "3.png").write_bytes(b"no picture")
    images, piece = open_folder(tmp_path), Piece(1, 0, 4)
    require_broken(images, PLAIN, piece, ())
    require_broken(images, PLAIN, piece, ["3.png"])
    with pytest.raises(InputError, match=r"a worker cannot read 1\.png, which this machine can; give a folder"):
        require_broken(images, PLAIN, piece, ["3.png", "1.png"])
    gone = replace(images, root=tmp_path / "nowhere")
    require_broken(gone, PLAIN, piece, ["1.png", "2.png"])  # neither can this machine
