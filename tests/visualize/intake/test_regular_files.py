from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit.hostile import bounded
from tests.kit.refusal import refusal
from visualize.intake.regular_files import opened, read_bytes, require_regular

if TYPE_CHECKING:
    from pathlib import Path


def test_files_and_links_to_them_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        assert read_bytes(tmp_path / name, most=3) == b"abc"
        require_regular(tmp_path / name, most=3)
        with opened(tmp_path / name) as file:
            assert file.read() == b"abc"
        with refusal(f"{name} has 3 bytes; at most 2"):
            read_bytes(tmp_path / name, most=2)


def test_pipes_devices_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path, kind in ((tmp_path / "pipe", "named pipe"), (tmp_path / "zero", "device"), (tmp_path, "folder")):
        with bounded(seconds=2), refusal(kind):
            read_bytes(path, most=10)
        with refusal(kind):
            require_regular(path)


def test_what_is_not_there_is_the_systems_fault(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name in ("none", "loop", "x" * 300):
        with pytest.raises(OSError, match=r"No such file|symbolic links|too long"):
            read_bytes(tmp_path / name, most=10)
