from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.visualize.data.made_sets import photograph
from visualize.data.layouts.registry import recognise
from visualize.data.layouts.walk import folder_of, pictures_below, walk
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_listed_once_to_see_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("", "a/", "b/c/"):
        photograph(tmp_path / f"set/{folder}one.png", (4, 4))
    listed: list[str] = []
    real = os.scandir

    def counting(where: Path) -> object:
        listed.append(str(where))
        return real(where)

    monkeypatch.setattr(os, "scandir", counting)
    assert recognise(tmp_path / "set") is None
    assert sorted(listed) == [str(tmp_path / "set" / name) for name in ("", "a", "b", "b/c")]
    photograph(tmp_path / "set/two_seg.png", (4, 4))  # and looked at anew the next time
    photograph(tmp_path / "set/two.jpg", (4, 4))
    assert recognise(tmp_path / "set") == "ade20k"


def test_folders_come_from_the_top_downwards_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b/c/d/1.png", "a/2.png", ".git/3.png", "b/4.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    folders = [(path.relative_to(tmp_path).as_posix(), inner, files) for path, inner, files in walk(tmp_path, depth=2)]
    assert folders == [
        (".", ["a", "b"], []), ("a", [], ["2.png"]), ("b", ["c"], ["4.txt"]), ("b/c", ["d"], []),
    ]  # fmt: skip
    assert folder_of("2.png", tmp_path) == tmp_path / "a"
    assert folder_of("2.png", tmp_path, other=tmp_path / "a") is None
    assert pictures_below(tmp_path, "b") == {"c/d/1": "b/c/d/1.png"}
    with pytest.raises(InputError, match="nowhere cannot be read: No such file"):
        next(walk(tmp_path / "nowhere", depth=1))
