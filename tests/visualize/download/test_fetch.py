"""Downloads from a server on this machine: every way to fail that a user may meet."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.client
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from methods.errors import InputError
from tests.visualize.download.site import (
    Site,
    answer,
    changed,
    dripping,
    elsewhere,
    finished,
    misplaced,
    serving,
    silent,
    tagged,
    trickle,
    whole,
    without_length,
    without_ranges,
)
from visualize.download import cache
from visualize.download.errors import TransferError
from visualize.download.fetch import PassedOverWarning, UncheckedWarning, fetch
from visualize.download.resource import Resource
from visualize.download.transfer import _check_scheme

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from io import BufferedReader

    from tests.visualize.download.site import Behaviour


DATA = bytes(range(256)) * 4000  # 1,024,000 bytes: several chunks
OTHER = DATA[::-1]
HASH, OTHER_HASH = hashlib.sha256(DATA).hexdigest(), hashlib.sha256(OTHER).hexdigest()


def resource(*sources: str, sha256: str | None = HASH, size: int | None = len(DATA)) -> Resource:
    return Resource(file="net.bin", sources=sources, sha256=sha256, size=size)


def refused(wanted: Resource, timeout: float = 5.0) -> str:
    """The message of a fetch that fails; it is one line."""
    with pytest.raises(InputError) as caught:
        fetch(wanted, timeout=timeout)
    message = str(caught.value)
    assert "\n" not in message
    return message


def nowhere() -> str:
    """An address on this machine that nothing listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/net.bin"


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
    assert "expected 0123abcd..., got" in refused(resource(address, sha256="0123abcd"))
    assert fetch(resource(address, sha256=HASH[:8].upper())).read_bytes() == DATA


def test_a_transfer_that_breaks_off_goes_on_where_it_stopped(site: Site) -> None:
    address = site.page("net.bin", whole(DATA, stop_after=400_000))
    assert fetch(resource(address)).read_bytes() == DATA
    assert [asked for _, asked in site.asked] == [None, "bytes=400000-", "bytes=800000-"]


def test_a_later_call_continues_what_an_earlier_one_left(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "net.bin.part").write_bytes(DATA[:700_000])
    assert fetch(resource(site.page("net.bin", whole(DATA)))).read_bytes() == DATA
    assert site.asked == [("/net.bin", "bytes=700000-")]


def test_an_interrupt_leaves_the_first_part_for_later(site: Site, kept: Path) -> None:
    wanted = resource(site.page("net.bin", whole(DATA)))

    def interrupt(done: int, total: int) -> None:
        if done > len(DATA) / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(wanted, progress=interrupt)
    assert not (kept / "net.bin").exists()
    assert 0 < (kept / "net.bin.part").stat().st_size < len(DATA)
    assert fetch(wanted).read_bytes() == DATA
    assert site.asked[1][1] is not None


@pytest.mark.parametrize("left", [OTHER[:300_000], DATA, DATA + b"more", OTHER])
def test_a_part_of_another_file_does_no_harm(site: Site, kept: Path, left: bytes) -> None:
    kept.mkdir(parents=True)
    (kept / "net.bin.part").write_bytes(left)
    assert fetch(resource(site.page("net.bin", whole(DATA)))).read_bytes() == DATA


def test_a_server_that_knows_no_ranges_sends_everything_again(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "net.bin.part").write_bytes(DATA[:700_000])
    assert fetch(resource(site.page("net.bin", without_ranges(DATA)))).read_bytes() == DATA


@pytest.mark.parametrize("said", [True, False])
def test_a_part_that_is_the_whole_file_is_not_fetched_again(site: Site, kept: Path, *, said: bool) -> None:
    """The process was killed between the last byte and the hash; the server answers 416."""
    kept.mkdir(parents=True)
    (kept / "net.bin.part").write_bytes(DATA)
    assert fetch(resource(site.page("net.bin", finished(DATA, said=said)))).read_bytes() == DATA
    assert [asked for _, asked in site.asked] == [f"bytes={len(DATA)}-"]
    (kept / "net.bin").unlink()
    (kept / "net.bin.part").write_bytes(OTHER)
    assert fetch(resource(site.page("net.bin", finished(DATA, said=said)))).read_bytes() == DATA


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_without_a_hash_a_part_of_the_right_length_alone_is_not_enough(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    for said, name in ((True, "a.bin"), (False, "b.bin")):
        address = site.page(name, finished(DATA, said=said))
        (kept / f"{name}.part").write_bytes(DATA + b"more")
        (kept / f"{name}.part.tag").write_text(f'{address}\n"one"')
        assert fetch(Resource(file=name, sources=(address,))).read_bytes() == DATA


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
@pytest.mark.parametrize("behaviour", [changed(OTHER, '"two"'), misplaced(OTHER)])
def test_without_a_hash_a_half_that_does_not_fit_starts_the_file_anew(
    site: Site, kept: Path, behaviour: Behaviour
) -> None:
    """A server that ignores If-Range and sends the rest of a newer file, and one that sends another range."""
    kept.mkdir(parents=True)
    address = site.page("net.bin", behaviour)
    (kept / "net.bin.part").write_bytes(DATA[:600_000])
    (kept / "net.bin.part.tag").write_text(f'{address}\n"one"')
    assert fetch(resource(address, sha256=None)).read_bytes() == OTHER
    assert [asked for _, asked in site.asked] == ["bytes=600000-", None]


@pytest.mark.parametrize("content", [b"", b"\n<!DOCTYPE html><title>Moved</title>", b"<HTML><body>", DATA[:9000]])
@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_without_a_hash_an_empty_answer_a_web_page_or_a_stub_is_not_taken_for_the_file(
    site: Site, kept: Path, content: bytes
) -> None:
    first, second = site.page("dead", answer(200, content)), site.page("net.bin", whole(DATA))
    assert "instead of" in refused(resource(first, sha256=None))
    with pytest.warns(PassedOverWarning, match=r"passed over .*/dead \(.* instead of .*; set aside as net\.bin\.bad\)"):
        assert fetch(resource(first, second, sha256=None)).read_bytes() == DATA
    assert (kept / "net.bin.sha256").read_text().startswith(HASH)  # of the right one


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_an_answer_without_a_file_is_none(site: Site) -> None:
    assert "HTTP 204 No Content" in refused(resource(site.page("net.bin", answer(204)), sha256=None))
    assert "HTTP 503" in refused(resource(site.page("net.bin", answer(503))))


def test_a_length_that_is_stated_wrongly_is_noticed(site: Site, kept: Path) -> None:
    """Too long: the rest never comes. Too short: what comes is not the file."""
    long = site.page("long", answer(200, DATA, length=len(DATA) + 10))
    assert "broke off after 1,024,000 of 1,024,010 bytes" in refused(resource(long))
    (kept / "net.bin.part").unlink()
    assert "wrong SHA-256" in refused(resource(site.page("short", answer(200, DATA, length=len(DATA) - 10))))


def test_a_server_need_not_say_how_much_there_is(site: Site) -> None:
    seen: list[tuple[int, int]] = []
    fetch(resource(site.page("net.bin", without_length(DATA))), progress=lambda *state: seen.append(state))
    assert seen[-1] == (len(DATA), 0)


def test_a_file_with_a_wrong_hash_is_set_aside_and_never_used(site: Site, kept: Path) -> None:
    message = refused(resource(site.page("net.bin", whole(OTHER))))
    assert f"expected {HASH}, got {hashlib.sha256(OTHER).hexdigest()}" in message
    assert not (kept / "net.bin").exists()
    assert (kept / "net.bin.bad").read_bytes() == OTHER


def test_a_file_that_went_bad_in_the_cache_is_set_aside_and_fetched_again(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "net.bin").write_bytes(OTHER)
    assert "net.bin.bad" in refused(resource(nowhere()))
    (kept / "net.bin").write_bytes(OTHER)
    with pytest.warns(PassedOverWarning, match=r"net\.bin \(wrong SHA-256: .*; set aside as net\.bin\.bad\)"):
        assert fetch(resource(site.page("net.bin", whole(DATA)))).read_bytes() == DATA
    assert (kept / "net.bin.bad").read_bytes() == OTHER


def test_the_second_address_is_tried_when_the_first_has_nothing(site: Site) -> None:
    good = site.page("second/net.bin", whole(DATA))
    assert fetch(resource(f"{site.address}/first/net.bin", good)).read_bytes() == DATA
    assert [path for path, _ in site.asked] == ["/first/net.bin", "/second/net.bin"]


def test_redirects_are_followed(site: Site) -> None:
    moved = site.page("old", elsewhere(site.page("net.bin", whole(DATA))))
    assert fetch(resource(moved)).read_bytes() == DATA


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/net.bin"])
def test_redirects_out_of_the_web_are_not(site: Site, target: str) -> None:
    assert "cannot get net.bin" in refused(resource(site.page("old", elsewhere(target))))


def test_a_redirect_to_itself_ends(site: Site) -> None:
    assert "redirects" in refused(resource(site.page("loop", elsewhere(f"{site.address}/loop"))))
    assert len(site.asked) <= 11


def test_a_proxy_of_the_environment_is_asked_for_redirected_addresses_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site.address.removeprefix("http://"))
    monkeypatch.setenv("all_proxy", "socks://127.0.0.1:1")  # of which nothing is asked
    site.pages["http://one.invalid/net.bin"] = elsewhere("http://two.invalid/net.bin")
    site.pages["http://two.invalid/net.bin"] = whole(DATA)
    assert fetch(resource("http://one.invalid/net.bin")).read_bytes() == DATA
    assert len(site.asked) == 2


def test_a_host_that_needs_no_proxy_is_asked_itself(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", nowhere())
    assert fetch(resource(site.page("net.bin", whole(DATA)))).read_bytes() == DATA
    assert "Connection refused" in refused(replace(resource("http://one.invalid/net.bin"), file="other.bin"))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "socks://127.0.0.1:1"])
def test_a_proxy_of_a_kind_that_is_not_known_is_one_line(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    assert "roxy" in refused(resource("http://one.invalid/net.bin"))


def test_bytes_are_kept_as_they_are_sent(site: Site) -> None:
    """A server that calls an archive's own compression one of the transfer is not believed."""
    packed = gzip.compress(DATA)

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    wanted = resource(site.page("net.gz", behave), sha256=hashlib.sha256(packed).hexdigest(), size=len(packed))
    assert fetch(wanted).read_bytes() == packed


def test_what_need_not_be_fetched_does_not_load_what_fetches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.bin").write_bytes(DATA)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    code = (
        "import sys; from visualize.download.fetch import fetch; from visualize.download.resource import Resource; "
        f"fetch(Resource(file='net.bin', sha256='{HASH}')); print('httpx' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_an_address_that_hangs_is_left_after_the_timeout(site: Site) -> None:
    start = time.monotonic()
    message = refused(resource(site.page("net.bin", silent(1.0))), timeout=0.2)
    assert time.monotonic() - start < 0.9
    assert "no answer in 0.2 s" in message


def test_an_answer_whose_head_drips_in_is_left(site: Site) -> None:
    start = time.monotonic()
    message = refused(resource(site.page("net.bin", dripping(0.05))), timeout=0.2)
    assert time.monotonic() - start < 2
    assert "no answer in 0.6 s" in message


def test_a_name_that_is_looked_up_for_ever_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    start = time.monotonic()
    assert "no answer in" in refused(resource("http://example.invalid/net.bin"), timeout=0.1)
    assert time.monotonic() - start < 2


def test_without_network_one_line_names_file_addresses_reasons_and_ways_out(site: Site) -> None:
    dead, gone = nowhere(), f"{site.address}/net.bin"
    message = refused(resource(dead, gone))
    for told in ("net.bin", f"{dead} (Connection refused)", f"{gone} (HTTP 404 Not Found)", "VIZ_MIRROR", "--weights"):
        assert told in message


def test_a_file_without_addresses_says_so() -> None:
    assert "no address of it is known" in refused(resource())


def test_plain_http_without_a_hash_is_warned_of_and_with_one_is_not(site: Site, kept: Path) -> None:
    address = site.page("net.bin", whole(DATA))
    with pytest.warns(UncheckedWarning, match="without encryption"):
        assert fetch(resource(address, sha256=None)).read_bytes() == DATA
    (kept / "net.bin").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for known in ("sha256", "sha1", "md5"):
            digits = {known: hashlib.new(known, DATA).hexdigest()[:8]}
            found = Resource(file=f"{known}.bin", sources=(address,), **digits)  # type: ignore[arg-type]  # as below
            assert fetch(found).read_bytes() == DATA


def test_https_does_not_lead_to_plain_http_where_no_hash_is_known() -> None:
    with pytest.raises(TransferError, match="leads from https to plain http"):
        _check_scheme("http://example.org/net", "https://example.org/net", checked=False)
    _check_scheme("http://example.org/net", "https://example.org/net", checked=True)
    _check_scheme("https://example.org/net", "http://example.org/net", checked=False)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_real_redirect_from_https_to_http_needs_a_hash(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    files = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "own.pem")
    subprocess.run(["openssl", *made, *files], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    plain = site.page("net.bin", whole(DATA))
    with serving(certificate=(tmp_path / "own.pem", tmp_path / "key.pem")) as secure:
        moved = secure.page("old", elsewhere(plain))
        assert "leads from https to plain http" in refused(resource(moved, sha256=None))
        assert fetch(resource(moved)).read_bytes() == DATA
        monkeypatch.delenv("SSL_CERT_FILE")
        assert "CERTIFICATE_VERIFY_FAILED" in refused(replace(resource(moved), file="other.bin"))


@pytest.mark.parametrize("known", ["sha1", "md5"])
def test_other_hashes_are_checked_and_named(site: Site, kept: Path, known: str) -> None:
    good = hashlib.new(known, DATA).hexdigest()
    address = site.page("net.bin", whole(OTHER))
    message = refused(
        Resource(file="net.bin", sources=(address,), **{known: good})  # type: ignore[arg-type]  # a hash by its name
    )
    name = {"sha1": "SHA-1", "md5": "MD5"}[known]
    assert f"wrong {name}: expected {good}, got {hashlib.new(known, OTHER).hexdigest()}" in message
    assert (kept / "net.bin.bad").read_bytes() == OTHER


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_a_hash_that_nobody_stated_is_recorded_and_checked_from_then_on(site: Site, kept: Path) -> None:
    wanted = resource(site.page("net.bin", whole(DATA)), sha256=None)
    path = fetch(wanted)
    assert (kept / "net.bin.sha256").read_text() == f"{HASH}  net.bin\n"
    path.write_bytes(OTHER)
    with pytest.warns(PassedOverWarning):
        assert fetch(wanted).read_bytes() == DATA  # the changed one was set aside
    path.unlink()
    site.page("net.bin", whole(OTHER))
    message = refused(wanted)
    assert f"the file first used here had {HASH}" in message
    assert f"delete {kept / 'net.bin.sha256'}" in message
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
    assert "wrong SHA-256: the file first used here" in refused(resource(sha256=None))


def test_a_mirror_may_use_the_name_of_any_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    (tmp_path / "published.bin").write_bytes(DATA)
    wanted = resource("https://one.example/net.bin", "https://two.example/published.bin")
    assert fetch(wanted) == cache.at_hand(wanted) == tmp_path / "published.bin"


@pytest.mark.parametrize("named", [".", "weights", "weights/../weights"])
@pytest.mark.parametrize("kept", ["weights", "data", "reference", "reference/publisher"])
def test_a_sorted_mirror_is_known_by_itself_and_by_its_weights(
    named: str, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("weights", "data", "reference/publisher"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / kept / "net.bin").write_bytes(DATA)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / named))
    found = cache.at_hand(resource())
    assert found is not None
    assert found == fetch(resource())
    assert found.resolve() == tmp_path / kept / "net.bin"
    monkeypatch.chdir(tmp_path / "weights")
    monkeypatch.setenv("VIZ_MIRROR", "." if named == "weights" else "..")
    assert cache.at_hand(resource()) is not None


def test_what_lies_beside_other_folders_is_no_part_of_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("reference", "weights", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.bin").write_bytes(DATA)
    (tmp_path / "mine" / "net.bin").unlink()
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mine"))
    assert cache.at_hand(resource()) is None


def test_a_name_that_any_file_may_have_is_not_looked_for_in_a_mirror(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every model of the Hugging Face hub is called model.safetensors at its address."""
    (tmp_path / "model.safetensors").write_bytes(OTHER)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    wanted = resource(site.page("a/model.safetensors", whole(DATA)))
    assert cache.at_hand(wanted) is None
    assert fetch(wanted).read_bytes() == DATA


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_without_a_hash_halves_are_joined_only_if_the_server_says_they_belong_together(site: Site, kept: Path) -> None:
    address = site.page("net.bin", tagged(DATA, '"one"', stop_after=600_000))
    wanted = resource(address, sha256=None)
    assert fetch(wanted).read_bytes() == DATA
    assert [asked for _, asked in site.asked] == [None, "bytes=600000-"]
    assert sorted(path.name for path in kept.iterdir()) == ["net.bin", "net.bin.lock", "net.bin.sha256"]

    other = replace(wanted, file="other.bin")
    (kept / "other.bin.part").write_bytes(DATA[:600_000])
    (kept / "other.bin.part.tag").write_text(f'{address}\n"older"')
    assert fetch(other).read_bytes() == DATA
    (kept / "other.bin").unlink()
    (kept / "other.bin.sha256").unlink()
    (kept / "other.bin.part").write_bytes(OTHER[:600_000])  # of which nothing is known
    assert fetch(other).read_bytes() == DATA


def test_a_server_that_sends_next_to_nothing_is_left(site: Site) -> None:
    message = refused(resource(site.page("net.bin", trickle(DATA, 0.02))), timeout=0.1)
    assert "sent only" in message


def test_only_web_addresses_are_asked(tmp_path: Path) -> None:
    (tmp_path / "net.bin").write_bytes(DATA)
    assert "neither http nor https" in refused(resource((tmp_path / "net.bin").as_uri()))


@pytest.mark.parametrize("behaviour", [whole, without_length])
def test_a_file_far_longer_than_stated_is_given_up(site: Site, kept: Path, behaviour: type) -> None:
    address = site.page("net.bin", behaviour(DATA * 4))
    assert "bytes" in refused(resource(address, size=1000))
    assert not (kept / "net.bin").exists()


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
    assert f"{mirrored} (wrong SHA-256" in refused(resource(nowhere()))
    wanted = resource(site.page("net.bin", whole(DATA)))
    for _ in range(2):  # downloaded, then from the cache
        with pytest.warns(PassedOverWarning) as warned:
            assert fetch(wanted).read_bytes() == DATA
        (said,) = warned
        assert str(said.message).startswith(f"passed over {mirrored} (wrong SHA-256: expected {HASH}, got ")
        assert str(said.message).endswith(f"; {kept / 'net.bin'} is used")
    assert mirrored.read_bytes() == OTHER


def test_a_hash_is_computed_anew_only_when_the_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.bin"
    path.write_bytes(DATA)
    counted: list[object] = []
    real = hashlib.file_digest

    def counting(file: BufferedReader, name: str) -> object:
        counted.append(file)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    assert cache.digest(path) == cache.digest(path) == HASH
    assert len(counted) == 1
    path.write_bytes(OTHER)
    os.utime(path, ns=(0, 0))
    assert cache.digest(path) == hashlib.sha256(OTHER).hexdigest()


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
    assert f"{tmp_path / 'no such folder' / 'net.bin'} (not there)" in refused(resource(nowhere()))


def test_a_cache_folder_that_cannot_be_made(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "file"))
    message = refused(resource(site.page("net.bin", whole(DATA))))
    assert message.startswith("cannot keep net.bin in")
    assert "VIZ_CACHE" in message
    assert not site.asked


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only to the administrator")
def test_a_cache_folder_that_is_read_only(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    kept.chmod(0o500)
    assert "VIZ_CACHE" in refused(resource(site.page("net.bin", whole(DATA))))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "net.bin.part").symlink_to("/dev/full")
    message = refused(resource(site.page("net.bin", whole(DATA))))
    assert message.startswith(f"no space left in {kept} for net.bin (1 MB)")
    assert not (kept / "net.bin").exists()


def test_what_came_before_the_disk_was_full_is_kept_and_gone_on_from(
    site: Site, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = resource(site.page("net.bin", without_length(DATA)))

    def fill(done: int, total: int) -> None:
        if done > len(DATA) / 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match=r"no space left in .*; the 0\.[5-9] MB that came are kept") as caught:
        fetch(wanted, progress=fill)
    assert "\n" not in str(caught.value)
    have = (kept / "net.bin.part").stat().st_size
    assert len(DATA) / 2 < have < len(DATA)
    site.page("net.bin", whole(DATA))
    assert fetch(wanted).read_bytes() == DATA
    assert site.asked[-1] == ("/net.bin", f"bytes={have}-")


def test_a_file_that_will_not_fit_is_not_begun(site: Site, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(DATA) - 1))
    message = refused(resource(site.page("net.bin", whole(DATA))))
    assert message.startswith(f"no space left in {kept} for net.bin (1 MB)")
    assert not (kept / "net.bin.part").exists()


def _fetch(wanted: Resource, results: multiprocessing.Queue[bytes]) -> None:
    results.put(hashlib.sha256(fetch(wanted).read_bytes()).hexdigest().encode())


def test_two_processes_at_once_fetch_once(site: Site) -> None:
    wanted = resource(site.page("net.bin", whole(DATA, seconds=0.3)))
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [context.Process(target=_fetch, args=(wanted, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert found == [HASH.encode()] * 2
    assert len(site.asked) == 1


def test_many_threads_at_once_fetch_once(site: Site) -> None:
    wanted = resource(site.page("net.bin", whole(DATA, seconds=0.1)))
    threads = [threading.Thread(target=fetch, args=(wanted,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(site.asked) == 1


def test_a_broken_answer_has_a_reason(site: Site) -> None:
    def nonsense(handler: object) -> None:
        handler.wfile.write(b"this is not http\r\n\r\n")  # type: ignore[attr-defined]  # a handler of http.server

    message = refused(resource(site.page("net.bin", nonsense)))
    assert "this is not http" in message or http.client.BadStatusLine.__name__ in message
