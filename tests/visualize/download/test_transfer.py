"""Transfers that break off, go on, or bring something else than the file, from a server on this machine."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.visualize.download.kit import DATA, OTHER, refused, resource
from tests.visualize.download.site import (
    Site,
    answer,
    changed,
    elsewhere,
    finished,
    misplaced,
    serving,
    tagged,
    trickle,
    whole,
    without_length,
    without_ranges,
)
from visualize.download.fetch import fetch
from visualize.download.resource import Resource

if TYPE_CHECKING:
    from pathlib import Path

    from tests.visualize.download.site import Behaviour


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
            raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
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


@pytest.mark.parametrize("stated", [True, False])
def test_a_part_that_is_the_whole_file_is_not_fetched_again(site: Site, kept: Path, *, stated: bool) -> None:
    """The process was killed between the last byte and the hash; the server answers 416."""
    kept.mkdir(parents=True)
    (kept / "net.bin.part").write_bytes(DATA)
    assert fetch(resource(site.page("net.bin", finished(DATA, stated=stated)))).read_bytes() == DATA
    assert [asked for _, asked in site.asked] == [f"bytes={len(DATA)}-"]
    (kept / "net.bin").unlink()
    (kept / "net.bin.part").write_bytes(OTHER)
    assert fetch(resource(site.page("net.bin", finished(DATA, stated=stated)))).read_bytes() == DATA


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_without_a_hash_a_part_of_the_right_length_alone_is_not_enough(site: Site, kept: Path) -> None:
    kept.mkdir(parents=True)
    for stated, name in ((True, "a.bin"), (False, "b.bin")):
        address = site.page(name, finished(DATA, stated=stated))
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


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_an_answer_without_a_file_is_none(site: Site) -> None:
    refused(resource(site.page("net.bin", answer(204)), sha256=None), "HTTP 204 No Content")
    refused(resource(site.page("net.bin", answer(503))), "HTTP 503")


def test_a_length_that_is_stated_wrongly_is_noticed(site: Site, kept: Path) -> None:
    """Too long: the rest never comes. Too short: what comes is not the file."""
    long = site.page("long", answer(200, DATA, length=len(DATA) + 10))
    refused(resource(long), "broke off after 1,024,000 of 1,024,010 bytes")
    (kept / "net.bin.part").unlink()
    refused(resource(site.page("short", answer(200, DATA, length=len(DATA) - 10))), "wrong SHA-256")


def test_a_server_need_not_say_how_much_there_is(site: Site) -> None:
    seen: list[tuple[int, int]] = []
    fetch(resource(site.page("net.bin", without_length(DATA))), progress=lambda *state: seen.append(state))
    assert seen[-1] == (len(DATA), 0)


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_real_redirect_from_https_to_http_needs_a_hash(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    files = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "own.pem")
    subprocess.run(["openssl", *request, *files], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    plain = site.page("net.bin", whole(DATA))
    with serving(certificate=(tmp_path / "own.pem", tmp_path / "key.pem")) as secure:
        moved = secure.page("old", elsewhere(plain))
        refused(resource(moved, sha256=None), "leads from https to plain http")
        assert fetch(resource(moved)).read_bytes() == DATA
        upgraded = site.page("older", elsewhere(secure.page("net.bin", whole(DATA))))
        assert fetch(replace(resource(upgraded, sha256=None), file="upgraded.bin")).read_bytes() == DATA
        monkeypatch.delenv("SSL_CERT_FILE")
        refused(replace(resource(moved), file="other.bin"), "CERTIFICATE_VERIFY_FAILED")


def test_a_server_that_sends_next_to_nothing_is_left(site: Site) -> None:
    refused(resource(site.page("net.bin", trickle(DATA, 0.02))), "sent only", timeout=0.1)


@pytest.mark.parametrize("behaviour", [whole, without_length])
def test_a_file_far_longer_than_stated_is_given_up(site: Site, kept: Path, behaviour: type) -> None:
    address = site.page("net.bin", behaviour(DATA * 4))
    refused(resource(address, size=1000), " bytes")
    assert not (kept / "net.bin").exists()


def test_a_file_that_will_not_fit_is_not_begun(site: Site, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(DATA) - 1))
    refused(resource(site.page("net.bin", whole(DATA))), f"no space left in {kept}")
    assert not (kept / "net.bin.part").exists()
