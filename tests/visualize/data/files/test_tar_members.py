from __future__ import annotations

import gzip
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.kit.hostile import bounded
from tests.kit.memory import peak, reset_peak
from visualize.data.files.remote_files import LocalFile
from visualize.data.files.tar_members import LARGEST, members
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _tar(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=form) as archive:
        for info, content in entries:
            info.size = info.size or len(content)
            archive.addfile(info, io.BytesIO(content))
    return held.getvalue()


def _of_kind(kind: bytes, name: str = "x.png", target: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return _tar((info, b""))


def _huge() -> bytes:
    info = tarfile.TarInfo("x.png")
    info.size = LARGEST + 1
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)


def _long_header() -> bytes:
    """A name of 4 GB, as its header says."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 4 << 30
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_members_lie_where_tarfile_reads_them(form: int) -> None:
    names = ["a.png", "./b/c.txt", f"{'d' * 90}/{'e' * 80}.png", ".hidden.png", "b/._c.txt"]
    folder = tarfile.TarInfo("b")
    folder.type = tarfile.DIRTYPE
    content = _tar((folder, b""), *((tarfile.TarInfo(name), name.encode() * 300) for name in names), form=form)
    found = list(members(io.BytesIO(content), "x.tar"))
    assert [item.name for item in found] == ["a.png", "b/c.txt", names[2]]
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for item, name in zip(found, [names[0], names[1], names[2]], strict=True):
            extracted = archive.extractfile(name)
            assert extracted is not None
            assert content[item.start : item.start + item.size] == extracted.read()


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: _of_kind(tarfile.SYMTYPE, target="/etc/passwd"), "a link"),
        (lambda: _of_kind(tarfile.LNKTYPE, target="y.png"), "a link"),
        (lambda: _of_kind(tarfile.FIFOTYPE), "no plain file"),
        (lambda: _of_kind(tarfile.CHRTYPE), "no plain file"),
        (lambda: _tar((tarfile.TarInfo("../x.png"), b"x")), "leads out of it"),
        (lambda: _tar((tarfile.TarInfo("/etc/x.png"), b"x")), "leads out of it"),
        (lambda: _tar((tarfile.TarInfo("a/../../x.png"), b"x")), "leads out of it"),
        (_huge, "at most"),
        (_long_header, "no whole tar file"),
        (lambda: _tar((tarfile.TarInfo("x.png"), bytes(5000)))[:3000], "no whole tar file"),
        (lambda: _tar((tarfile.TarInfo("x.png"), bytes(5000)))[:300], "no whole tar file"),
        (lambda: gzip.compress(_tar((tarfile.TarInfo("x.png"), b"x"))), "without compression"),
        (lambda: b"", "no whole tar file"),
        (lambda: b"this is a text" * 100, "no whole tar file"),
    ],
)
def test_hostile_and_damaged_tar_files_are_refused_in_a_line(make: Callable[[], bytes], match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        list(members(io.BytesIO(make()), "x.tar"))
    assert "\n" not in str(caught.value)
    assert "x.tar" in str(caught.value)


def test_any_cut_is_refused_also_one_between_two_members() -> None:
    content = _tar(*((tarfile.TarInfo(f"{number}.png"), bytes(700)) for number in range(3)))
    member = 512 + 1024
    for end in {*range(0, 3 * member, 97), member, 2 * member, 3 * member}:
        for rest in (b"", b"no header" * 300):
            with pytest.raises(InputError, match=r"x\.tar is no whole tar file"):
                list(members(io.BytesIO(content[:end] + (rest if end % 512 == 0 else b"")), "x.tar"))
    whole = list(members(io.BytesIO(content), "x.tar"))
    assert list(members(io.BytesIO(content[: 3 * member + 512]), "x.tar")) == whole  # one empty block is enough


def test_a_header_that_promises_more_than_there_is_memory_takes_none(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(_long_header())
    with path.open("r+b") as file:
        file.truncate(5 << 30)  # a hole
    before = reset_peak()
    with path.open("rb") as file, pytest.raises(InputError, match="a header of"):
        list(members(file, "x.tar"))
    assert peak() - before < 64 << 20


def test_a_shard_of_more_members_than_are_read_is_refused() -> None:
    held = io.BytesIO(b"".join(tarfile.TarInfo(f"{number}.txt").tobuf()[:512] for number in range(5)) + bytes(1024))
    assert len(list(members(held, "shard.tar", most=5))) == 5
    held.seek(0)
    with pytest.raises(InputError, match="more than 4 files; make several shards"):
        list(members(held, "shard.tar", most=4))


def test_a_pipe_in_place_of_a_shard_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "shard.tar")
    with bounded(2), pytest.raises(InputError, match="a named pipe"):
        LocalFile(tmp_path / "shard.tar").opened()
    with bounded(2), pytest.raises(OSError, match="seek"):
        LocalFile(tmp_path / "shard.tar").read(0, 1)
