"""Tar archives: unpacked whole, or refused with nothing left behind."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.kit.refusal import refusal
from visualize.download.untar import untar

if TYPE_CHECKING:
    from pathlib import Path


def packed(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def link(kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "../../secret"
    return member


def test_everything_arrives(tmp_path: Path) -> None:
    members = {"a.txt": b"some text", "images/b.bin": bytes(range(256)) * 99, "images/deep/c": b""}
    archive = packed(tmp_path / "a.tar", *((tarfile.TarInfo(name), content) for name, content in members.items()))
    seen: list[tuple[int, int]] = []
    out = untar(archive, tmp_path / "out", progress=lambda done, total: seen.append((done, total)))
    assert {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()} == members
    assert seen == sorted(seen)
    assert seen[-1] == (archive.stat().st_size, archive.stat().st_size)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (tarfile.TarInfo("../out.txt"), "outside"),
        (tarfile.TarInfo("a/../../out.txt"), "outside"),
        (link(tarfile.SYMTYPE), "'link', which is no whole plain file"),
        (link(tarfile.LNKTYPE), "which is no whole plain file"),
        (link(tarfile.FIFOTYPE), "which is no whole plain file"),
    ],
)
def test_what_leads_out_of_the_folder_or_is_no_plain_file_is_refused(
    member: tarfile.TarInfo, reason: str, tmp_path: Path
) -> None:
    archive = packed(tmp_path / "a.tar", (tarfile.TarInfo("good.txt"), b"good"), (member, b""))
    with refusal("a.tar", reason):
        untar(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_the_slash_that_a_name_begins_with_is_dropped(tmp_path: Path) -> None:
    out = untar(packed(tmp_path / "a.tar", (tarfile.TarInfo("/a/b.txt"), b"text")), tmp_path / "out")
    assert (out / "a" / "b.txt").read_bytes() == b"text"


@pytest.mark.parametrize(("length", "reason"), [(514, "cannot be unpacked"), (2000, "no whole plain file")])
def test_a_truncated_archive_is_refused(length: int, reason: str, tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.tar", (tarfile.TarInfo("a"), bytes(5000)))
    archive.write_bytes(archive.read_bytes()[:length])
    with refusal("a.tar", reason):
        untar(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]
