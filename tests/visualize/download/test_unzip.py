"""Archives that are damaged or meant to do harm: nothing of them is left behind."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.kit.refusal import refusal
from visualize.download.unzip import unzip

if TYPE_CHECKING:
    from pathlib import Path


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refused(archive: Path, folder: Path, *words: str, most: int | None = None) -> None:
    """A refusal in one line that holds the words; it leaves neither the folder nor anything beside it."""
    before = set(folder.parent.iterdir())
    with refusal(*words):
        unzip(archive, folder, most=most)
    assert set(folder.parent.iterdir()) == before


def test_everything_arrives(tmp_path: Path) -> None:
    members = {"a.txt": b"one", "images/b.bin": bytes(range(256)) * 999, "images/deep/c": b""}
    seen: list[tuple[int, int]] = []
    out = unzip(
        packed(tmp_path / "a.zip", members), tmp_path / "out", progress=lambda done, total: seen.append((done, total))
    )
    assert {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()} == members
    assert seen[-1] == (3 + 256 * 999, 3 + 256 * 999)
    refused(tmp_path / "a.zip", out, "is there already")


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "C:/out.txt"])
def test_a_member_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    archive = packed(tmp_path / "a.zip", {"good.txt": b"good", name: b"bad"})
    refused(archive, tmp_path / "out", "leads out of its folder")
    assert not (tmp_path / "out.txt").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc")
    refused(tmp_path / "a.zip", tmp_path / "out", "is a link")


def test_a_bomb_is_refused_by_what_it_states(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {"zeros": bytes(80 << 20)})
    assert archive.stat().st_size < 100_000
    refused(archive, tmp_path / "out", "more than the 67,108,864 bytes")
    refused(archive, tmp_path / "out", "more than the 1,000 bytes", most=1000)


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    """Both places that state the size of the one member, 3,000,000 bytes, are made to say 5."""
    data = packed(tmp_path / "a.zip", {"zeros": bytes(3_000_000)}).read_bytes()
    stated = struct.pack("<I", 3_000_000)
    assert data.count(stated) == 2
    (tmp_path / "a.zip").write_bytes(data.replace(stated, struct.pack("<I", 5)))
    refused(tmp_path / "a.zip", tmp_path / "out", "Bad CRC-32")


@pytest.mark.parametrize("kept", [0, 10, 300, -30])
def test_a_truncated_archive_is_refused(tmp_path: Path, kept: int) -> None:
    archive = packed(tmp_path / "a.zip", {"a": bytes(range(256)) * 9})
    archive.write_bytes(archive.read_bytes()[:kept])
    refused(archive, tmp_path / "out", "no complete zip archive")


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", b"some words that are long enough to be found")
    (tmp_path / "a.zip").write_bytes(held.getvalue().replace(b"words", b"sword"))
    refused(tmp_path / "a.zip", tmp_path / "out", "CRC")


def test_an_encrypted_archive_says_what_to_do(tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path / "a.zip", {"a": b"secret"}).read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(data))
    refused(tmp_path / "a.zip", tmp_path / "out", "is encrypted")


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"2")
    refused(tmp_path / "a.zip", tmp_path / "out", "File exists")
