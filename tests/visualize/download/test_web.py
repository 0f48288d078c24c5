"""Asking a server: redirects, proxies, and answers that never come."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.visualize.download.kit import DATA, nowhere, refused, resource
from tests.visualize.download.site import (
    Site,
    dripping,
    elsewhere,
    silent,
    whole,
)
from visualize.download.fetch import fetch

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler


def test_redirects_are_followed(site: Site) -> None:
    moved = site.page("old", elsewhere(site.page("net.bin", whole(DATA))))
    assert fetch(resource(moved)).read_bytes() == DATA


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/net.bin"])
def test_redirects_out_of_the_web_are_not_followed(site: Site, target: str) -> None:
    refused(resource(site.page("old", elsewhere(target))), "leads out of the web")


def test_a_redirect_to_itself_ends(site: Site) -> None:
    refused(resource(site.page("loop", elsewhere(f"{site.address}/loop"))), "redirects")
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
    refused(replace(resource("http://one.invalid/net.bin"), file="other.bin"), "Connection refused")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "socks://127.0.0.1:1"])
def test_a_proxy_of_a_kind_that_is_not_known_is_one_line(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    refused(resource("http://one.invalid/net.bin"), "roxy")


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


def test_an_address_that_hangs_is_left_after_the_timeout(site: Site) -> None:
    release = threading.Event()
    refused(resource(site.page("net.bin", silent(release))), "(no answer in 0.2 s)", timeout=0.2)
    release.set()  # it was left before it answered


def test_an_answer_whose_head_drips_in_is_left(site: Site) -> None:
    refused(resource(site.page("net.bin", dripping(0.05))), "(no answer in 0.6 s)", timeout=0.2)


def test_a_name_that_is_looked_up_for_ever_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(60))
    refused(resource("http://example.invalid/net.bin"), "(no answer in 0.3 s)", timeout=0.1)
    release.set()


def test_a_broken_answer_has_a_reason(site: Site) -> None:
    def nonsense(handler: object) -> None:
        handler.wfile.write(b"this is not http\r\n\r\n")  # type: ignore[attr-defined]  # a handler of http.server

    refused(resource(site.page("net.bin", nonsense)), "this is not http")
