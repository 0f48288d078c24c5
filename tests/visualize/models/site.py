"""A web server on this machine that misbehaves on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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
def serving() -> Iterator[Site]:
    """A site on a free port of this machine while the block runs."""

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
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def whole(data: bytes, *, stop_after: int | None = None, seconds: float = 0.0) -> Behaviour:
    """Serves ranges; ``stop_after`` closes the connection after that many bytes of each answer."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        start = _start(handler)
        if start >= len(data) > 0:
            handler.send_error(416)
            return
        rest = data[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(rest)))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        handler.wfile.write(rest[:stop_after])

    return behave


def tagged(data: bytes, tag: str, *, stop_after: int | None = None) -> Behaviour:
    """Serves ranges, and joins halves only for those who name its validator (If-Range)."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        start = _start(handler) if handler.headers.get("If-Range") == tag else 0
        rest = data[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("ETag", tag)
        handler.send_header("Content-Length", str(len(rest)))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        handler.wfile.write(rest[:stop_after])

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


def silent(seconds: float) -> Behaviour:
    """Takes the question and does not answer."""
    return lambda _: time.sleep(seconds)


def missing(handler: BaseHTTPRequestHandler) -> None:
    """HTTP 404."""
    handler.send_error(404)


def _start(handler: BaseHTTPRequestHandler) -> int:
    asked = handler.headers.get("Range")
    return int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
