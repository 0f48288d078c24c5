"""A file to publish, and what the tests of several stages of its download share."""

from __future__ import annotations

import hashlib
import socket

from tests.kit.refusal import refusal
from visualize.download.fetch import fetch
from visualize.download.resource import Resource

DATA = bytes(range(256)) * 4000  # 1,024,000 bytes: several chunks


OTHER = DATA[::-1]


HASH, OTHER_HASH = hashlib.sha256(DATA).hexdigest(), hashlib.sha256(OTHER).hexdigest()


def resource(*sources: str, sha256: str | None = HASH, size: int | None = len(DATA)) -> Resource:
    return Resource(file="net.bin", sources=sources, sha256=sha256, size=size)


def refused(wanted: Resource, *words: str, timeout: float = 5.0) -> str:
    """The message of a fetch that fails: one line that names the file and holds the words."""
    with refusal(wanted.file, *words) as caught:
        fetch(wanted, timeout=timeout)
    return str(caught.value)


def nowhere() -> str:
    """An address on this machine that nothing listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/net.bin"
