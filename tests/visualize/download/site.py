"""A web server on this machine that misbehaves on request."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Pages by path, and a record of what was asked for.

    Args:
        address: of its root, without the last slash.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, str | None]] = []

    def page(self, name: str, behaviour: Behaviour) -> str:
        """Put a page there; returns its address."""
        self.pages[f"/{name}"] = behaviour
        return f"{self.address}/{name}"


@contextmanager
def serving(certificate: tuple[Path, Path] | None = None) -> Iterator[Site]:
    """A site on a free port of this machine while the block runs; with a certificate and its key, by https."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers.get("Range")))
            site.pages.get(self.path, missing)(self)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site = Site(f"{'http' if certificate is None else 'https'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _send(
    handler: BaseHTTPRequestHandler, data: bytes, start: int, *, tag: str | None = None, stop_after: int | None = None
) -> None:
    """The bytes from ``start`` on; ``stop_after`` closes the connection after so many of them."""
    rest = data[start:]
    handler.send_response(206 if start else 200)
    if tag is not None:
        handler.send_header("ETag", tag)
    handler.send_header("Content-Length", str(len(rest)))
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    handler.end_headers()
    handler.wfile.write(rest[:stop_after])


def whole(data: bytes, *, stop_after: int | None = None, seconds: float = 0.0) -> Behaviour:
    """Serves ranges; ``stop_after`` closes the connection after that many bytes of each answer."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        start = _start(handler)
        if start >= len(data) > 0:
            handler.send_error(416)
            return
        _send(handler, data, start, stop_after=stop_after)

    return behave


def tagged(data: bytes, tag: str, *, stop_after: int | None = None) -> Behaviour:
    """Serves ranges, and joins halves only for those who name its validator (If-Range)."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        start = _start(handler) if handler.headers.get("If-Range") == tag else 0
        _send(handler, data, start, tag=tag, stop_after=stop_after)

    return behave


def changed(data: bytes, tag: str) -> Behaviour:
    """Sends the rest of another file than was begun, whatever If-Range says, and at least names it."""
    return lambda handler: _send(handler, data, _start(handler), tag=tag)


def misplaced(data: bytes, tag: str = '"one"') -> Behaviour:
    """Answers a range with the last bytes from somewhere else than was asked for."""
    return lambda handler: _send(handler, data, _start(handler) and len(data) - 5, tag=tag)


def finished(data: bytes, *, stated: bool = True) -> Behaviour:
    """Has nothing beyond the last byte, and says how many there are, or not."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        if _start(handler) < len(data):
            whole(data)(handler)
            return
        handler.send_response(416)
        if stated:
            handler.send_header("Content-Range", f"bytes */{len(data)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def answer(status: int, content: bytes = b"", *, length: int | None = None) -> Behaviour:
    """Any answer; ``length`` is what it states, which may be a lie."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)

    return behave


def dripping(seconds: float) -> Behaviour:
    """Never comes to the end of its answer's head."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Wait: ")
        for _ in range(int(10 / seconds)):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(seconds)

    return behave


def trickle(data: bytes, seconds: float) -> Behaviour:
    """Sends a byte, waits, sends the next, and so on."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        for place in range(len(data)):
            handler.wfile.write(data[place : place + 1])
            handler.wfile.flush()
            time.sleep(seconds)

    return behave


def without_ranges(data: bytes) -> Behaviour:
    """Sends everything, whatever range is asked for."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return behave


def without_length(data: bytes) -> Behaviour:
    """Says nothing about how much there is to come."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(data)

    return behave


def elsewhere(address: str) -> Behaviour:
    """Redirects."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def silent(release: threading.Event) -> Behaviour:
    """Takes the question and does not answer before it is released."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        release.wait(60)

    return behave


def missing(handler: BaseHTTPRequestHandler) -> None:
    """HTTP 404."""
    handler.send_error(404)


def _start(handler: BaseHTTPRequestHandler) -> int:
    asked = handler.headers.get("Range")
    return int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
