"""Paths that are no files: pipes, devices, folders, loops of links, names that no system takes."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.kit.hostile import bounded, refused
from tests.visualize.cli.kit import TINY

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("pipe", "device", "folder", "loop", "dangling", "long name", "deep name", "socket", "empty")


def odd(kind: str, path: Path) -> Path:
    """A path of a certain kind, at or below ``path``."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "dangling":
        path.symlink_to(path.with_name("nowhere"))
    elif kind == "long name":
        return path.with_name("x" * 300 + path.suffix)
    elif kind == "deep name":
        return path.parent / "/".join(["y" * 200] * 30) / path.name
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(os.path.relpath(path))
    else:
        path.write_bytes(b"")
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a tiny network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.py").write_text(TINY)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", [".pth", ".safetensors", ".npz", ".caffemodel"])
def test_weights_that_are_no_file(kind: str, ending: str, home: Path) -> None:
    refused("layers", "tiny.py:tiny", "--weights", odd(kind, home / f"weights{ending}"), within=home)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_that_are_no_file(kind: str, home: Path) -> None:
    refused("compare", odd(kind, home / "table.csv"), "--out", home / "out" / "figure.png", within=home)


def test_a_block_that_never_ends_is_interrupted() -> None:
    with pytest.raises(BaseException, match="not finished"), bounded(seconds=0.2):
        threading.Event().wait()


def test_a_block_that_takes_too_much_memory_fails() -> None:
    with pytest.raises(AssertionError, match="MB were taken"), bounded(memory=100 << 20):
        bytes(bytearray(b"\1") * (200 << 20))
