"""Files that are mapped into memory: their room is taken before anything is written to them."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from visualize.methods.errors import InputError
from visualize.transfers import room

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_gone_on_with_and_takes_its_room_at_once(tmp_path: Path) -> None:
    path = tmp_path / "0.features"
    held = room.mapped(path, np.float32, (5, 1000), kept=True)
    assert not held.any()
    if hasattr(os, "posix_fallocate"):
        assert path.stat().st_blocks * 512 >= path.stat().st_size == 20_000
    held[3] = 7
    del held
    assert room.mapped(path, np.float32, (5, 1000), kept=True)[3].tolist() == [7.0] * 1000
    assert not room.mapped(path, np.float32, (5, 1000), kept=False).any()


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room cannot be taken beforehand here")
def test_a_full_disk_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(InputError, match=r"0\.features needs 20,000 bytes: No space left"):
        room.mapped(tmp_path / "0.features", np.float32, (5, 1000), kept=False)
    with pytest.raises(InputError, match="needs 20,000 bytes: No space left"):
        room.nameless((5, 1000), np.float32)
