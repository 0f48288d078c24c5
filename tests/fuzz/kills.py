"""Processes killed at any moment, and begun again: ``python -m tests.fuzz.kills 40``.

Dissections, merges of shards and downloads, each in a process of its own that gets SIGKILL after some part of the time
that it needs; whatever lies there then, the second try must give the bytes of an undisturbed one.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.visualize.dissection.made import contents, dissected, held
from tests.visualize.download.site import serving
from visualize.dissection import merge
from visualize.download.fetch import fetch
from visualize.download.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

    from tests.visualize.download.site import Site

    Work = Callable[[Path], dict[str, bytes]]

DATA = random.Random(0).randbytes(1 << 20)


def _dissection(root: Path) -> dict[str, bytes]:
    dissected(root / "out")
    return contents(root / "out")


def _merge(root: Path) -> dict[str, bytes]:
    merge([root / "1", root / "2"], root / "out", labelled=held())
    return contents(root / "out")


def _slowly(handler: BaseHTTPRequestHandler) -> None:
    """The data in 64 pieces, from where it is asked for."""
    start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    handler.send_response(206 if start else 200)
    handler.send_header("Content-Length", str(len(DATA) - start))
    handler.send_header("ETag", '"one"')
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
    handler.end_headers()
    for place in range(start, len(DATA), len(DATA) // 64):
        handler.wfile.write(DATA[place : place + len(DATA) // 64])
        time.sleep(0.002)


def _download(site: Site) -> Work:
    address = site.page("net.bin", _slowly)

    def work(root: Path) -> dict[str, bytes]:
        os.environ["VIZ_CACHE"] = str(root / "cache")
        resource = Resource(file="net.bin", sources=(address,), sha256=hashlib.sha256(DATA).hexdigest())
        path = fetch(resource)
        assert not path.with_name("net.bin.part").exists()
        return {path.name: path.read_bytes()}

    return work


def _child(work: Work, root: Path, after: float | None) -> float:
    """Do the work in a process of its own, killed after some seconds; gives the seconds that it took."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            work(root)
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.monotonic() - began


def killed(count: int, seed: int = 0, said: Callable[[str], object] = lambda _: None) -> Counter[str]:
    """Kill ``count`` processes, some of each kind; gives how many gave the right bytes afterwards, by kind."""
    chance, results = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as temporary, serving() as site:
        root = Path(temporary)
        for which in (1, 2):
            dissected(root / "shards" / str(which), (which, 2))
        kinds: dict[str, Work] = {"dissection": _dissection, "merge": _merge, "download": _download(site)}
        wanted, took = {}, {}
        for kind, work in kinds.items():
            for place in ("whole", "timed"):
                shutil.copytree(root / "shards", root / place)
                if place == "whole":
                    wanted[kind] = work(root / place)
                else:
                    took[kind] = _child(work, root / place, None)
                shutil.rmtree(root / place)
        for number in range(count):
            kind = list(kinds)[number % len(kinds)]
            shutil.copytree(root / "shards", root / "copy")
            after = chance.uniform(0, took[kind])
            _child(kinds[kind], root / "copy", after)
            result = "right" if kinds[kind](root / "copy") == wanted[kind] else "wrong"
            results[f"{kind} {result}"] += 1
            said(f"{kind} killed after {after:.3f} of {took[kind]:.3f} s: {result}")
            shutil.rmtree(root / "copy")
    return results


if __name__ == "__main__":
    sys.stdout.write(f"{dict(killed(int(sys.argv[1]), said=lambda line: sys.stdout.write(line + chr(10))))}\n")
