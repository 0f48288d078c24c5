from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import torch

from visualize.store.libraries import is_library_file, library, program

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_code_of_the_user_s_own_is_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = types.ModuleType("own")
    own.__file__ = str(tmp_path / "own.py")
    monkeypatch.setitem(sys.modules, "own", own)
    assert library("own") is None
    assert library("own.part") is None
    assert library("nowhere") is None
    assert not is_library_file(own.__file__)


def test_a_file_of_the_user_s_that_is_called_like_one_of_python_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert library("colorsys") is None or "python" in str(library("colorsys"))
    own = types.ModuleType("colorsys")
    own.__file__ = str(tmp_path / "colorsys.py")
    monkeypatch.setitem(sys.modules, "colorsys", own)
    assert library("colorsys") is None


def test_what_runs_is_the_user_s_though_a_file_of_a_library_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = types.ModuleType("__main__")
    kernel.__file__ = torch.__file__  # as of a notebook, which an installed package runs
    monkeypatch.setitem(sys.modules, "__main__", kernel)
    assert library("__main__") is None


def test_libraries_are_told_apart_by_their_version() -> None:
    assert library("torch.nn.modules.conv") == f"torch {torch.__version__}"
    assert str(library("functools")).startswith("python ")
    assert library("visualize.models.loading") == library("visualize") == "viz"
    assert is_library_file(torch.__file__)


def test_the_program_s_sources_have_one_digest() -> None:
    assert program() == program()
    assert len(program()) == 64
