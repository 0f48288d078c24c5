"""Published files from a mirror, the cache or a server on this machine, and every way to fail that a user may meet."""

from __future__ import annotations

import errno
import hashlib
import io
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from tests.kit.refusal import refusal
from tests.visualize.download.kit import DATA, HASH, OTHER, OTHER_HASH, nowhere, refused, resource
from tests.visualize.download.site import (
    Site,
    answer,
    whole,
    without_length,
)
from visualize.download import cache, links
from visualize.download.fetch import PassedOverWarning, UncheckedWarning, fetch
from visualize.download.resource import Resource


def test_a_file_arrives_whole_under_its_own_name_and_is_not_fetched_again(site: Site, kept: Path) -> None:
    wanted = resource(site.page("net.bin", whole(DATA)))
    seen: list[tuple[int, int]] = []
    path = fetch(wanted, progress=lambda done, total: seen.append((done, total)))
    assert (path, path.read_bytes()) == (kept / "net.bin", DATA)
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    fetch(wanted)
    assert len(site.asked) == 1
    assert not (kept / "net.bin.part").exists()


def test_leading_digits_of_a_hash_are_enough_and_wrong_ones_are_not(site: Site) -> None:
    address = site.page("net.bin", whole(DATA))
    refused(resource(address, sha256="0123abcd"), "expected 0123abcd..., got")
    assert fetch(resource(address, sha256=HASH[:8].upper())).read_bytes() == DATA


@pytest.mark.parametrize("content", [b"", b"\n<!DOCTYPE html><title>Moved</title>", b"<HTML><body>", DATA[:9000]])
@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_without_a_hash_an_empty_answer_a_web_page_or_a_stub_is_not_taken_for_the_file(
    site: Site, kept: Path, content: bytes
) -> None:
    first, second = site.page("dead", answer(200, content)), site.page("net.bin", whole(DATA))
    refused(resource(first, sha256=None), "instead of")
    with pytest.warns(PassedOverWarning, match=r"passed over .*/dead \(.* instead of .*; set aside as net\.bin\.bad\)"):
        assert fetch(resource(first, second, sha256=None)).read_bytes() == DATA
    assert (kept / "net.bin.sha256").read_text().startswith(HASH)  # of the right one


def test_a_file_with_a_wrong_hash_is_set_aside_and_never_used(site: Site, kept: Path) -> None:
    refused(resource(site.page("net.bin", whole(OTHER))), f"expected {HASH}, got {OTHER_HASH}")
    assert not (kept / "net.bin").exists()
    assert (kept / "net.bin.bad").read_bytes() == OTHER


def test_a_file_that_went_bad_in_the_cache_is_set_aside_and_fetched_again(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "net.bin").write_bytes(OTHER)
    refused(resource(nowhere()), "net.bin.bad")
    (kept / "net.bin").write_bytes(OTHER)
    with pytest.warns(PassedOverWarning, match=r"net\.bin \(wrong SHA-256: .*; set aside as net\.bin\.bad\)"):
        assert fetch(resource(site.page("net.bin", whole(DATA)))).read_bytes() == DATA
    assert (kept / "net.bin.bad").read_bytes() == OTHER


def test_the_second_address_is_tried_when_the_first_has_nothing(site: Site) -> None:
    good = site.page("second/net.bin", whole(DATA))
    assert fetch(resource(f"{site.address}/first/net.bin", good)).read_bytes() == DATA
    assert [path for path, _ in site.asked] == ["/first/net.bin", "/second/net.bin"]


def test_what_need_not_be_fetched_does_not_load_what_fetches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.bin").write_bytes(DATA)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    code = (
        "import sys; from visualize.download.fetch import fetch; from visualize.download.resource import Resource; "
        f"fetch(Resource(file='net.bin', sha256='{HASH}')); print('httpx' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_without_network_one_line_names_file_addresses_reasons_and_ways_out(site: Site) -> None:
    dead, gone = nowhere(), f"{site.address}/net.bin"
    reasons = f"{dead} (Connection refused)", f"{gone} (HTTP 404 Not Found)"
    refused(resource(dead, gone), *reasons, "VIZ_MIRROR", "--weights")


def test_a_file_without_addresses_says_so() -> None:
    refused(resource(), "no address of it is known")


def test_plain_http_without_a_hash_is_warned_of_and_with_one_is_not(site: Site, kept: Path) -> None:
    address = site.page("net.bin", whole(DATA))
    with pytest.warns(UncheckedWarning, match="without encryption"):
        assert fetch(resource(address, sha256=None)).read_bytes() == DATA
    (kept / "net.bin").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for known in ("sha256", "sha1", "md5"):
            digits = {known: hashlib.new(known, DATA).hexdigest()[:8]}
            hashed = Resource(file=f"{known}.bin", sources=(address,), **digits)  # type: ignore[arg-type]  # as below
            assert fetch(hashed).read_bytes() == DATA


@pytest.mark.parametrize("known", ["sha1", "md5"])
def test_other_hashes_are_checked_and_named(site: Site, kept: Path, known: str) -> None:
    good = hashlib.new(known, DATA).hexdigest()
    address = site.page("net.bin", whole(OTHER))
    wanted = Resource(file="net.bin", sources=(address,), **{known: good})  # type: ignore[arg-type]  # a hash by its name
    name = {"sha1": "SHA-1", "md5": "MD5"}[known]
    refused(wanted, f"wrong {name}: expected {good}, got {hashlib.new(known, OTHER).hexdigest()}")
    assert (kept / "net.bin.bad").read_bytes() == OTHER


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_a_hash_that_nobody_stated_is_recorded_and_checked_from_then_on(site: Site, kept: Path) -> None:
    wanted = resource(site.page("net.bin", whole(DATA)), sha256=None)
    path = fetch(wanted)
    assert (kept / "net.bin.sha256").read_text() == f"{HASH}  net.bin\n"
    path.write_bytes(OTHER)
    with pytest.warns(PassedOverWarning, match="passed over"):
        assert fetch(wanted).read_bytes() == DATA  # the changed one was set aside
    path.unlink()
    site.page("net.bin", whole(OTHER))
    refused(wanted, f"first used here had {HASH}", f"delete {kept / 'net.bin.sha256'}")
    (kept / "net.bin.sha256").unlink()
    assert fetch(wanted).read_bytes() == OTHER


def test_a_mirrored_file_without_a_hash_is_recorded_too(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    (tmp_path / "net.bin").write_bytes(DATA)
    assert fetch(resource(sha256=None)) == tmp_path / "net.bin"
    assert HASH in (kept / "net.bin.sha256").read_text()
    (tmp_path / "net.bin").write_bytes(OTHER)
    refused(resource(sha256=None), "the file first used here")


def test_only_web_addresses_are_asked(tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(DATA)
    refused(resource((tmp_path / "net.bin").as_uri()), "neither http nor https")


def test_a_mirror_folder_goes_first_and_is_used_in_place(
    site: Site, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "net.bin").write_bytes(DATA)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    wanted = resource(site.page("net.bin", whole(DATA)))
    assert fetch(wanted) == cache.at_hand(wanted) == tmp_path / "mirror" / "net.bin"
    assert not site.asked
    assert not kept.exists()


def test_a_bad_file_in_a_mirror_is_left_alone_and_passed_over_in_so_many_words(
    site: Site, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored = tmp_path / "net.bin"
    mirrored.write_bytes(OTHER)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    refused(resource(nowhere()), f"{mirrored} (wrong SHA-256")
    wanted = resource(site.page("net.bin", whole(DATA)))
    for _ in range(2):  # downloaded, then from the cache
        with pytest.warns(PassedOverWarning, match="is used$") as warned:
            assert fetch(wanted).read_bytes() == DATA
        (warning,) = warned
        assert str(warning.message).startswith(f"passed over {mirrored} (wrong SHA-256: expected {HASH}, got ")
        assert f"; {kept / 'net.bin'} " in str(warning.message)
    assert mirrored.read_bytes() == OTHER


def test_a_mirror_address_goes_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.page("mirror/net.bin", whole(DATA))
    monkeypatch.setenv("VIZ_MIRROR", f"{site.address}/mirror/")
    assert fetch(resource(f"{site.address}/original/net.bin")).read_bytes() == DATA
    assert [path for path, _ in site.asked] == ["/mirror/net.bin"]
    site.page("mirror/published.bin", whole(OTHER))
    assert fetch(Resource(file="own.bin", sources=("https://two.example/published.bin",), sha256=OTHER_HASH)).exists()
    assert [path for path, _ in site.asked][1:] == ["/mirror/own.bin", "/mirror/published.bin"]


def test_a_mirror_that_lacks_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "no such folder"))
    refused(resource(nowhere()), f"{tmp_path / 'no such folder' / 'net.bin'} (not there)")


def test_a_cache_folder_that_cannot_be_made_is_named(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "file"))
    refused(resource(site.page("net.bin", whole(DATA))), "cannot keep net.bin in", "VIZ_CACHE")
    assert not site.asked


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only to the administrator")
def test_a_cache_folder_that_is_read_only_says_what_to_set(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    kept.chmod(0o500)
    refused(resource(site.page("net.bin", whole(DATA))), "VIZ_CACHE")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(site: Site, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "open_file", lambda *_, **__: io.FileIO("/dev/full", "wb"))
    refused(resource(site.page("net.bin", whole(DATA))), f"no space left in {kept} for net.bin (1 MB)")
    assert not (kept / "net.bin").exists()


def test_what_came_before_the_disk_was_full_is_kept_and_gone_on_from(
    site: Site, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = resource(site.page("net.bin", without_length(DATA)))

    def fill(done: int, total: int) -> None:
        if done > len(DATA) / 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with refusal("MB that came are kept") as caught:
        fetch(wanted, progress=fill)
    assert re.search(r"the 0\.[5-9] MB that came", str(caught.value))
    have = (kept / "net.bin.part").stat().st_size
    assert len(DATA) / 2 < have < len(DATA)
    site.page("net.bin", whole(DATA))
    assert fetch(wanted).read_bytes() == DATA
    assert site.asked[-1] == ("/net.bin", f"bytes={have}-")


def _fetch(wanted: Resource, results: multiprocessing.Queue[bytes]) -> None:
    results.put(hashlib.sha256(fetch(wanted).read_bytes()).hexdigest().encode())


def test_two_processes_at_once_fetch_once(site: Site) -> None:
    wanted = resource(site.page("net.bin", whole(DATA, seconds=0.3)))
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [context.Process(target=_fetch, args=(wanted, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    hashes = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert hashes == [HASH.encode()] * 2
    assert len(site.asked) == 1


def test_many_threads_at_once_fetch_once(site: Site) -> None:
    wanted = resource(site.page("net.bin", whole(DATA, seconds=0.1)))
    threads = [threading.Thread(target=fetch, args=(wanted,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(site.asked) == 1
