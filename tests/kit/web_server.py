"""A web server of a folder, on this machine alone, that answers ranges and lists what is in it."""

from __future__ import annotations

import html
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Served:
    """A folder that is served.

    Args:
        root: the folder.
        url: its address.
        ranges: whether parts of files are given.
        sent: bytes that were sent, request by request.
    """

    root: Path
    url: str = ""
    ranges: bool = True
    sent: list[int] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, served: Served, *arguments: object) -> None:
        self._served = served
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, *, body: bool) -> None:
        path = self._served.root / self.path.lstrip("/")
        if path.is_dir():
            names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in path.iterdir())
            base = self.path.rstrip("/")
            links = "".join(f'<a href="{base}/{html.escape(name)}">{html.escape(name)}</a>\n' for name in names)
            self._send(200, links.encode(), {"Content-Type": "text/html"}, body=body)
        elif not path.is_file():
            self._send(404, b"", {}, body=body)
        else:
            self._file(path.read_bytes(), body=body)

    def _file(self, content: bytes, *, body: bool) -> None:
        asked = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", self.headers.get("Range", ""))
        if not self._served.ranges or asked is None:
            headers = {"Accept-Ranges": "bytes"} if self._served.ranges else {}
            self._send(200, content, headers, body=body)
            return
        first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        part = content[first : last + 1]
        self._send(206, part, {"Content-Range": f"bytes {first}-{last}/{len(content)}"}, body=body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)
            self._served.sent.append(len(content))


@contextmanager
def serving(root: Path, *, ranges: bool = True) -> Iterator[Served]:
    """Serve a folder on 127.0.0.1 for as long as the block lasts."""
    served = Served(root, ranges=ranges)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, served))
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
