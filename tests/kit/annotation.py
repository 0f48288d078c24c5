"""Reports made up from records, every unit with pictures of its own, and requests to pages that ask about them."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from zlib import crc32

import numpy as np
import uvicorn
from PIL import Image

from tests.kit.reports import CONCEPTS, fits_of
from visualize.annotation.api import Asking, pages
from visualize.files import save_bytes
from visualize.pages.coding import coded
from visualize.reports import folders
from visualize.reports.folders import LayerFolder
from visualize.reports.records import LayerFacts, Shown, UnitFacts, View
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message

    from visualize.annotation.pages import Pages

HOST = "127.0.0.1:8470"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def photographed_site(
    site: Path, *, units: int = 6, pictures: int = 4, model: str = "net", concepts: Sequence[tuple[str, str]] = CONCEPTS
) -> Path:
    """A report of one layer without pages; every picture is of one colour, and no two are alike."""
    folders.begin(site)
    folder = LayerFolder.of(site, model, "conv5", "streets")
    with folder.adding("top") as adding:
        for unit in range(units):
            adding.add(_view(folder.pictures, unit, pictures))
    facts = LayerFacts(
        model=model, weights_sha256="0" * 64, layer="conv5", about=(("Layer", "conv5"),), units=units, data="streets",
        fingerprint="f", pictures=468, dissected=True, quantile=0.005, cut=0.04,
        categories=("object", "scene", "color"), methods=("top",), options={"model": model, "images": "streets"},
    )  # fmt: skip
    folder.write(facts, [UnitFacts(unit=unit, fits=fits_of(unit, units, concepts)) for unit in range(units)])
    return site


def _view(folder: Path, unit: int, pictures: int) -> View:
    shown = []
    for place in range(pictures):
        colour = np.full((24, 24, 3), (40 * unit % 256, 60 * place % 256, 90), np.uint8)
        content, file = coded(Image.fromarray(colour)), f"{unit}-top-{place}.webp"
        save_bytes(content, folder / file)
        shown.append(Shown(file=file, width=24, height=24, crc32=crc32(content), caption=("activation 1",)))
    places = tuple(range(unit * pictures, (unit + 1) * pictures))
    return View(
        unit=unit, key="k", title="Top-activated images", shows="", role="photographs", pictures=tuple(shown),
        chosen=places,
    )  # fmt: skip


def opened(site: Path, **asked: Any) -> Pages:  # noqa: ANN401 (of many types)
    """Pages that ask about a report."""
    return pages(Asking(folder=site, **asked), unwatched)


@dataclass(frozen=True)
class Reply:
    """What a server answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def fields(self) -> dict[str, str]:
        """Hidden fields of the first form with an answer."""
        return dict(_HIDDEN.findall(self.text))


@dataclass(frozen=True)
class Client:
    """Asks an application within this process.

    Args:
        app: the application.
        host: name and port by which it is asked.
    """

    app: ASGIApp
    host: str = HOST
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, address: str, **headers: str) -> Reply:
        return asyncio.run(self.asked("GET", address, b"", headers))

    def post(self, address: str, fields: Mapping[str, object] | bytes, **headers: str) -> Reply:
        return asyncio.run(self.posted(address, fields, **headers))

    async def posted(self, address: str, fields: Mapping[str, object] | bytes, **headers: str) -> Reply:
        body = fields if isinstance(fields, bytes) else urlencode(dict(fields), doseq=True).encode()
        usual = {"origin": f"http://{self.host}", "content-type": "application/x-www-form-urlencoded"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.asked("POST", address, body, {**usual, **named})

    async def asked(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Ask; a header that is "" is left out."""
        parts = urlsplit(address)
        named = {"host": self.host, **self.headers, **headers}
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8470),
        }  # fmt: skip
        sent: list[Message] = []
        chunks = iter([body[start : start + 4096] for start in range(0, len(body), 4096)] or [b""])
        left = max(1, -(-len(body) // 4096))

        async def receive() -> Message:
            nonlocal left
            left -= 1
            return {"type": "http.request", "body": next(chunks, b""), "more_body": left > 0}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = next(message for message in sent if message["type"] == "http.response.start")
        content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        return Reply(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, content)


def answered(client: Client, by: str, word: str, kind: str, **more: object) -> Reply:
    """Answer the question that a person is asked next."""
    fields = client.get(f"/?{urlencode({'by': by})}").fields
    return client.post("/answer", {**fields, "word": word, "kind": kind, **more})


@contextmanager
def serving(pages: Pages, port: int = 0) -> Iterator[str]:
    """Serve pages on this machine while the block runs; gives the address, which ends in the port."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    bound.listen()
    server = uvicorn.Server(uvicorn.Config(pages.app("127.0.0.1"), log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        bound.close()
