"""Files in folders that others can write to: opened, read and removed as what they are, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit.refusal import refusal
from visualize.download import links

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_anew_or_gone_on_with(tmp_path: Path) -> None:
    for append, expected in ((False, b"one"), (True, b"oneone"), (False, b"one")):
        with links.open_file(tmp_path / "a", append=append) as file:
            file.write(b"one")
        assert (tmp_path / "a").read_bytes() == expected
    assert links.read(tmp_path / "a", 3) == b"one"
    assert links.read(tmp_path / "a", 2) == b""  # longer than what is asked for
    assert links.read(tmp_path / "nothing", 3) == b""


def test_links_second_names_and_pipes_are_called_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    for name, word in (("link", "is a link"), ("pipe", "is no plain file")):
        with refusal(f"{tmp_path / name} {word}", "remove it"):
            links.open_file(tmp_path / name, append=True)
        assert links.read(tmp_path / name, 10) == b""
    (tmp_path / "second").hardlink_to(tmp_path / "a")
    with refusal("is the second name of another file"):
        links.check(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"a"


def test_a_folder_that_is_a_link_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with refusal("is a link, and nothing is written through one"):
        links.make_folder(tmp_path / "link")
    links.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("kept", [set(), {"set/a/one"}, {"set/b"}, {"set"}])
def test_what_was_made_is_removed_and_what_was_not_is_counted(kept: set[str], tmp_path: Path) -> None:
    for name in ("set/a/one", "set/a/two", "set/b/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    left = links.remove(tmp_path / "set", lambda below, _: below not in kept)
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == len(kept)
    assert there == kept | {name.rsplit("/", count)[0] for name in kept for count in range(1, name.count("/") + 1)}
    assert links.remove(tmp_path / "nothing", lambda *_: True) == 0
