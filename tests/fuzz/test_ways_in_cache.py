"""A cache that others can write to: whatever they put there, nothing outside it is written, read into it or removed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.kit.own_cache import own_cache
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.download.kit import DATA, HASH, OTHER, OTHER_HASH, resource
from tests.visualize.download.site import Site, serving, tagged, whole
from visualize.download import ledger, links
from visualize.download.fetch import fetch
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Trap = Callable[[Path, Path], None]


pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
PLACES = ["models/net.bin", "models/net.bin.part", "models/net.bin.part.tag", "models/net.bin.lock",
          "models/net.bin.sha256", "models/net.bin.bad", "records/models.net.bin.json"]  # fmt: skip
HOSTILE = [
    "", "{", "[]", "null", "7", '"net.bin"', "[" * 100_000, '{"made": {}}', '{"made": [], "begun": []}',
    '{"made": {"net.bin": 1}, "begun": []}', '{"made": {"net.bin": [1e999, 0]}, "begun": []}',
    '{"made": {}, "begun": ["../precious", "/etc/passwd", "..", ".", "", "precious", ".precious-1/../../x"]}',
    '{"made": {"../precious": [8, 0], "net.bin/../../precious": [8, 0], "/": [-1, 0]}, "begun": [".net.bin-/.."]}',
    '{"made": {"net.bin": ["8", "0"]}, "begun": [7, null, {}]}', "\x00\xff",
    '{"made": {"\\u0000": [1, 1]}, "begun": []}',
]  # fmt: skip


def _link(trap: Path, victim: Path) -> None:
    trap.symlink_to(victim)


def _dangling(trap: Path, victim: Path) -> None:
    trap.symlink_to(victim.with_name("not-there-yet"))


def _to_a_folder(trap: Path, victim: Path) -> None:
    trap.symlink_to(victim.parent)


def _second_name(trap: Path, victim: Path) -> None:
    trap.hardlink_to(victim)


def _pipe(trap: Path, victim: Path) -> None:
    os.mkfifo(trap)


def _folder(trap: Path, victim: Path) -> None:
    trap.mkdir()


TRAPS = [_link, _dangling, _to_a_folder, _second_name, _pipe, _folder]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    cache = own_cache(tmp_path / "cache", monkeypatch)
    for room in ("models", "data", "indexes", "records"):
        (cache / room).mkdir(parents=True)
    return cache


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the user's own, in a folder of the user's own."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "precious").write_bytes(b"precious")
    return tmp_path / "own" / "precious"


def _unharmed(victim: Path) -> None:
    assert [path.name for path in victim.parent.iterdir()] == ["precious"]
    assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize("stated", [True, False], ids=["hash", "no hash"])
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_a_download_writes_through_no_trap(
    place: str, trap: Trap, root: Path, victim: Path, site: Site, *, stated: bool
) -> None:
    trap(root / place, victim)
    wanted = resource(site.page("net.bin", tagged(DATA, '"one"')), sha256=HASH if stated else None)
    try:
        assert fetch(wanted, timeout=2).read_bytes() == DATA
    except InputError as fault:
        assert "\n" not in str(fault)  # noqa: PT017 (either is right, so that the file is)
    _unharmed(victim)
    assert viz("cache").status == 0
    assert viz("cache", "--clear", "partial").status == 0
    viz("cache", "--clear", "all", "--yes")
    _unharmed(victim)


@pytest.mark.parametrize("room", ["models", "records", "data", "indexes"])
def test_a_folder_of_the_cache_that_is_a_link_is_neither_written_nor_cleared(
    room: str, root: Path, victim: Path, site: Site
) -> None:
    wanted = resource(site.page("net.bin", whole(DATA)))
    fetch(wanted)
    (root / room).rename(victim.parent / "away")
    for name in ("net.bin", "set"):
        (victim.parent / "away" / name).write_bytes(DATA)
    (root / room).symlink_to(victim.parent / "away")
    before = {path: path.read_bytes() for path in sorted(victim.parent.rglob("*")) if path.is_file()}
    other = resource(site.page("other.bin", whole(OTHER)), sha256=OTHER_HASH)
    if room in {"models", "records"}:
        with pytest.raises(InputError, match="is a link"):
            fetch(resource(other.sources[0], sha256=OTHER_HASH))
    viz("cache", "--clear", "all", "--yes")
    assert {path: path.read_bytes() for path in sorted(victim.parent.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_record_that_somebody_made_up_removes_nothing_else(content: str, root: Path, victim: Path) -> None:
    (root / "precious").write_bytes(b"precious")
    (root / "models" / "net.bin").write_bytes(b"precious")
    (root / "models" / "net.bin.lock").touch()
    os.utime(root / "models" / "net.bin", (1, 1))
    (root / "records" / "models.net.bin.json").write_bytes(content.encode("latin-1"))
    (root / "records" / "..precious.json").write_text('{"made": {"precious": [8, 0]}, "begun": []}')
    (root / "records" / "models..json").write_text('{"made": {".": [-1, 0]}, "begun": []}')
    (root / "records" / "models....json").write_text('{"made": {"..": [-1, 0]}, "begun": []}')
    ran = viz("cache", "--clear", "all", "--yes")
    assert (ran.status, ran.err) == (0, "")
    assert (root / "precious").read_bytes() == b"precious"
    assert (root / "models" / "net.bin").read_bytes() == b"precious"
    _unharmed(victim)


@pytest.mark.parametrize("names", [("my.docx", "my.docx.lock"), ("set/a.jpg", "set.lock"), ("a.part", "a.lock")])
@pytest.mark.parametrize("room", ["models", "data", "indexes"])
def test_a_lock_beside_a_file_does_not_make_it_ours(room: str, names: tuple[str, ...], root: Path) -> None:
    for name in names:
        (root / room / name).parent.mkdir(exist_ok=True)
        (root / room / name).write_bytes(b"mine")
    before = sorted(root.rglob("*"))
    assert viz("cache", "--clear", "all", "--yes").status == 0
    assert sorted(root.rglob("*")) == before


def test_a_file_that_took_the_place_of_a_download_stays(root: Path, site: Site) -> None:
    path = fetch(resource(site.page("net.bin", whole(DATA))))
    path.unlink()
    path.write_bytes(b"mine")
    assert "holds no 'net.bin'" in one_line(viz("cache", "--clear", "net.bin").err)
    assert viz("cache", "--clear", "all", "--yes").status == 0
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("inner", ["images", "images/deep"])
def test_a_folder_within_a_set_that_was_swapped_for_a_link_is_not_entered(inner: str, root: Path, victim: Path) -> None:
    folder = root / "data" / "set"
    (folder / inner).mkdir(parents=True)
    (folder / inner / "precious").write_bytes(b"precious")
    state = victim.stat()
    os.utime(folder / inner / "precious", ns=(state.st_mtime_ns, state.st_mtime_ns))
    ledger.finish(folder)
    (folder / inner / "precious").unlink()
    (folder / inner).rmdir()
    (folder / inner).symlink_to(victim.parent)
    assert viz("cache", "--clear", "all", "--yes").status == 0
    _unharmed(victim)


def test_a_folder_that_is_swapped_for_a_link_while_it_is_removed_is_not_entered(root: Path, victim: Path) -> None:
    folder = root / "data" / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "precious").write_bytes(b"precious")

    def swap(below: str, state: os.stat_result) -> bool:
        if stat.S_ISREG(state.st_mode) and (folder / "images").exists():
            (folder / "images").rename(root / "elsewhere")
            (folder / "images").symlink_to(victim.parent)
        return True

    with pytest.raises(OSError, match="irectory"):
        links.remove(folder, swap)
    _unharmed(victim)
    assert not (root / "elsewhere" / "precious").exists()  # the one that was asked for


def test_a_nest_of_folders_does_not_exhaust_the_removal(root: Path) -> None:
    path = root / "data" / "set"
    for _ in range(400):
        path = path / "a"
    path.mkdir(parents=True)
    ledger.finish(root / "data" / "set")
    assert viz("cache", "--clear", "all", "--yes").status == 0


@pytest.mark.parametrize("kind", ["sha256", "sha1", "md5"])
def test_a_hash_that_was_written_down_never_overrides_the_publisher_s(kind: str, root: Path, site: Site) -> None:
    (root / "models" / "net.bin").write_bytes(OTHER)
    (root / "models" / "net.bin.sha256").write_text(f"{OTHER_HASH}  net.bin\n")
    stated = hashlib.new(kind, DATA).hexdigest()[:8]
    plain = resource(site.page("net.bin", whole(DATA)), sha256=None)
    wanted = {"sha256": replace(plain, sha256=stated), "sha1": replace(plain, sha1=stated),
              "md5": replace(plain, md5=stated)}[kind]  # fmt: skip
    assert fetch(wanted).read_bytes() == DATA


def test_what_was_removed_and_fetched_again_is_removed_again(root: Path, site: Site) -> None:
    wanted = resource(site.page("net.bin", tagged(DATA, '"one"')), sha256=None)
    for _ in range(2):
        fetch(wanted)
        assert [item["file"] for item in json.loads(viz("cache", "--json").out)["files"]] == ["net.bin"]
        assert viz("cache", "--clear", "all", "--yes").status == 0
        assert [path for path in root.rglob("*") if path.is_file()] == []
