"""Servers that mean harm, or answer anything at all: given up in bounded time and size, in one line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.kit.hostile import bounded, refused
from tests.kit.own_cache import own_cache
from tests.visualize.download.kit import DATA, resource
from tests.visualize.download.kit import refused as not_fetched
from tests.visualize.download.site import Site, dripping, elsewhere, serving, trickle, whole
from visualize.download.fetch import fetch
from visualize.download.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.visualize.download.site import Behaviour

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
OK = b"HTTP/1.1 200 OK\r\n"
FOUND = b"HTTP/1.1 302 Found\r\n"
HEADS = [
    b"", b"\r\n\r\n", b"HTTP/1.1 200\r\n\r\n", b"HTTP/1.1 999 ?\r\n\r\n",
    OK + b"Content-Length: -1\r\n\r\nx",
    OK + b"Content-Length: 9" + b"9" * 30 + b"\r\n\r\nx",
    OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    OK + b"X: " + b"y" * 300_000 + b"\r\n\r\n",
    FOUND + b"Location: http://[::1\r\n\r\n",
    FOUND + b"Location: \x1b]0;x\x07\r\n\r\n",
    FOUND + b"Location: http://127.0.0.1:99999/\r\n\r\n",
    FOUND + b"\r\n", FOUND + b"Location: //\r\n\r\n",
    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-1/0\r\nContent-Length: 3\r\n\r\nxyz",
    b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */\xff\r\n\r\n",
    b"HTTP/1.1 500 \x1b[2J\x1b[31mred\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 200, b"\x00\xff\xfe" * 100, b"SSH-2.0-OpenSSH_9.0\r\n",
]  # fmt: skip
BODIES = {
    "empty": b"", "page": b"<!DOCTYPE html><html>sold</html>", "zeros": bytes(5000), "quotes": b'"' * 5000,
    "commas": b"," * 5000, "escapes": b"\x1b[2J" * 500, "head": b"unit,category,label,score,object-label\n",
    "gzip": b"\x1f\x8b" + bytes(500),
}  # fmt: skip
ADDRESSES = [
    "http://", "https://", "http://%", "http://[", "http://a b", "http://\x1b]0;x\x07", "file:///etc/passwd",
    "ftp://a/b", "http://127.0.0.1:0/t.csv", "http://127.0.0.1:99999/t.csv", "http://" + "a" * 3000, "://", "x://y",
    "http://127.0.0.1:1/" + "a" * 3000, "http://127.0.0.1:1/..", "http://user:secret@127.0.0.1:1/t.csv",
]  # fmt: skip
MIRRORS = [
    "http://[", "http://%00", "https://", "http://127.0.0.1:99999", "/dev/null", "/dev/zero:/proc/self", "\x1b[2J",
    "a" * 5000, ":::", "~nobody-there/x", "file:///etc", "HTTP://127.0.0.1:1",
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, and a cache beside it."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    own_cache(tmp_path / "cache", monkeypatch)
    return tmp_path / "home"


def raw(content: bytes) -> Behaviour:
    """Sends bytes as they are, head and all, and hangs up."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return behave


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing of a length, and never ends."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
@pytest.mark.parametrize("stated", [True, False], ids=["hash", "no hash"])
def test_an_answer_that_makes_no_sense_is_one_line(head: bytes, site: Site, *, stated: bool) -> None:
    address = site.page("net.bin", raw(head))
    with bounded():
        message = not_fetched(resource(address) if stated else Resource(file="net.bin", sources=(address,)), timeout=1)
    assert message.count("\n") == 0


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_table_at_an_address_that_is_none_is_one_line(body: bytes, site: Site, home: Path) -> None:
    refused("compare", site.page("table.csv", whole(body)), within=home, warned=True)


@pytest.mark.parametrize("behaviour", [dripping(0.5), trickle(DATA, 0.5), endless], ids=["head", "body", "endless"])
def test_a_table_at_an_address_that_never_ends_is_given_up(behaviour: Behaviour, site: Site, home: Path) -> None:
    began = time.monotonic()
    refused("compare", site.page("slow.csv", behaviour), within=home, warned=True)
    assert time.monotonic() - began < 15
    assert sum(path.stat().st_size for path in home.parent.rglob("*.part*")) < 50 << 20


@pytest.mark.parametrize("address", [*ADDRESSES, "http://127.0.0.1:1/\0.csv"])
def test_an_address_that_is_none_is_one_line(address: str, home: Path) -> None:
    refused("compare", address, within=home, warned=True)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "data:,x", "//", "http:///x",
                                    "http://127.0.0.1:1/\r\nX: y", "\x1b[2J"])  # fmt: skip
def test_a_redirect_out_of_the_web_is_one_line(target: str, site: Site) -> None:
    not_fetched(resource(site.page("net.bin", elsewhere(target))), timeout=1)


@pytest.mark.parametrize("mirror", MIRRORS)
def test_a_mirror_that_is_none_is_passed_over_or_one_line(
    mirror: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", mirror)
    assert fetch(resource(site.page("net.bin", whole(DATA))), timeout=1).read_bytes() == DATA
