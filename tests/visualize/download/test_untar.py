"""Tar archives, good ones and ones that would do harm."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from methods.errors import InputError
from visualize.download.untar import untar

if TYPE_CHECKING:
    from pathlib import Path


def _tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_tar_archives_are_unpacked_whole_or_not_at_all(tmp_path: Path) -> None:
    good = (tarfile.TarInfo("VOCdevkit/VOC2012/a.txt"), b"hello")
    out = untar(_tarred(tmp_path / "good.tar", good), tmp_path / "out")
    assert (out / "VOCdevkit/VOC2012/a.txt").read_bytes() == b"hello"
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    slash = _tarred(tmp_path / "slash.tar", good, (tarfile.TarInfo("/evil.txt"), b"evil"))
    assert (untar(slash, tmp_path / "slash") / "evil.txt").exists()  # the leading slash is dropped
    for bad, message in ((tarfile.TarInfo("../evil.txt"), "outside"), (link, "'link', which is no whole plain file")):
        archive = _tarred(tmp_path / "bad.tar", good, (bad, b"" if bad is link else b"evil"))
        with pytest.raises(InputError, match=rf"bad\.tar .*{message}") as caught:
            untar(archive, tmp_path / "bad")
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "bad").exists()
    half = (tmp_path / "good.tar").read_bytes()[:700]
    (tmp_path / "half.tar").write_bytes(half[:514])
    with pytest.raises(InputError, match=r"half\.tar cannot be unpacked"):
        untar(tmp_path / "half.tar", tmp_path / "half")
    assert not list(tmp_path.glob(".*"))
