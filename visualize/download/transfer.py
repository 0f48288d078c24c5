"""One attempt at bringing one address's content into one file, continuing where an earlier attempt broke off."""

from __future__ import annotations

import errno
import http.client
import os
import queue
import re
import shutil
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, BinaryIO

from visualize._version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from methods.progress import Progress


_CHUNK = 1 << 18
_AGENT = f"viz-units/{__version__}"
_TURNS = 3  # timeouts in which the head of an answer must come, and then _LEAST bytes in as many again
_LEAST = 4096
_HEADROOM = 1 << 20  # bytes by which a file may exceed twice its stated size before it is taken for another one


class TransferError(Exception):
    """An address did not give the file; the text is the reason without the address."""


class WrongFileError(TransferError):
    """An address gave something else than the file."""


class _NothingMoreError(Exception):
    """The server has no byte beyond those that are here (HTTP 416).

    Args:
        total: how many the whole file has, where the server says it.
    """

    def __init__(self, total: int | None) -> None:
        super().__init__(total)
        self.total = total


def transfer(address: str, part: Path, *, checked: bool, size: int | None, timeout: float, progress: Progress) -> None:
    """Fetch an address into ``part``; what ``part`` already holds is not fetched again if the server agrees.

    Where no hash will be checked, two halves are joined only if the server says by a validator (RFC 9110, section
    13.1.5) that they are of one file; the validator lies beside ``part``.

    Args:
        address: http or https.
        part: the partial file; kept when the transfer breaks off.
        checked: a hash of the whole will be checked. Otherwise an https address may not lead to a plain http one.
        size: about how many bytes to expect, or None; a file more than twice as long is refused.
        timeout: seconds to wait for each answer of the server; in three times as many some bytes must come, and the
            whole answer's head.
        progress: told how many bytes there are; a total of 0 means that it is unknown.

    Raises:
        TransferError: the network or the server failed.
        OSError: ``part`` cannot be written, or there is no room for what is announced.
    """
    tag = part.with_name(part.name + ".tag")
    validator = "" if checked else _validator(tag, address)
    have = part.stat().st_size if part.exists() and (checked or validator) else 0
    response, start = _ask(address, have, timeout, validator)
    if response is None:
        progress(have, have)
        tag.unlink(missing_ok=True)
        return
    with response:
        _check_scheme(response.url, address, checked=checked)
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        most = 2 * size + _HEADROOM if size else None
        if most is not None and total > most:
            raise TransferError(f"holds {total:,} bytes instead of about {size:,}")
        _check_room(part, total - _length(part))
        if not checked and not start:
            tag.write_text(f"{address}\n{_stated(response)}", "utf-8")
        with part.open("ab" if start else "wb") as out:
            done = _copy(response, out, start, (total, most), _Pace(timeout), progress)
    if done < total:
        raise TransferError(f"broke off after {done:,} of {total:,} bytes")
    tag.unlink(missing_ok=True)


def _check_scheme(url: str, address: str, *, checked: bool) -> None:
    """Refuse where a redirect must not lead."""
    if not url.lower().startswith(("https:", "http:")):
        raise TransferError("leads out of the web")
    if not checked and address.lower().startswith("https:") and not url.lower().startswith("https:"):
        raise TransferError("leads from https to plain http, and no hash of it is known")


def _stated(response: http.client.HTTPResponse) -> str:
    """The validator that a server gives a file: a strong entity tag, or the time of its last change."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _validator(tag: Path, address: str) -> str:
    """The validator of the half that lies there; "" if there is none, or if it came from another address."""
    try:
        whence, _, validator = tag.read_text("utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return ""
    return validator if whence == address else ""


class _Pace:
    """Notices a server that keeps the line open and sends next to nothing.

    Args:
        timeout: a third of the seconds in which at least ``_LEAST`` bytes must come.
    """

    def __init__(self, timeout: float) -> None:
        self._span = _TURNS * timeout
        self._since = time.monotonic()
        self._came = 0

    def more(self, count: int) -> None:
        """So many bytes came."""
        self._came += count
        now = time.monotonic()
        if now - self._since > self._span:
            if self._came < _LEAST:
                raise TransferError(f"sent only {self._came:,} bytes in {now - self._since:.0f} s")
            self._since, self._came = now, 0


def _copy(
    response: http.client.HTTPResponse,
    out: BinaryIO,
    start: int,
    limits: tuple[int, int | None],
    pace: _Pace,
    progress: Progress,
) -> int:
    """Write the answer; returns how many bytes the file then has. ``limits``: (announced total or 0, most or None)."""
    total, most = limits
    done = start
    progress(done, total)
    while chunk := _read(response):
        out.write(chunk)
        done += len(chunk)
        if most is not None and done > most:
            raise TransferError(f"sends more than {most:,} bytes")
        progress(done, total)
        pace.more(len(chunk))
    return done


def _ask(address: str, have: int, timeout: float, validator: str) -> tuple[http.client.HTTPResponse | None, int]:
    """The server's answer and the byte that it starts with; no answer where nothing is left to be sent."""
    try:
        response = _open(address, have, timeout, validator)
    except _NothingMoreError as said:
        if said.total == have or (said.total is None and not validator):  # else a hash decides
            return None, have
        return _open(address, 0, timeout, ""), 0
    if response.status != http.client.PARTIAL_CONTENT:
        return response, 0
    if _continues(response, have, validator):
        return response, have
    response.close()
    return _open(address, 0, timeout, ""), 0


def _open(address: str, have: int, timeout: float, validator: str) -> http.client.HTTPResponse:
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-"} | ({"If-Range": validator} if validator else {})
    try:
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 (only http and https come here)
        response = _patiently(request, timeout)
    except urllib.error.HTTPError as fault:
        fault.close()
        if fault.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            total = re.fullmatch(r"bytes \*/([0-9]+)", fault.headers.get("Content-Range", ""))
            raise _NothingMoreError(int(total[1]) if total else None) from fault
        raise TransferError(f"HTTP {fault.code} {fault.reason}".rstrip()) from fault
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise TransferError(_reason(fault, timeout)) from fault
    if response.status not in {http.client.OK, http.client.PARTIAL_CONTENT if have else http.client.OK}:
        response.close()
        raise TransferError(f"HTTP {response.status} {response.reason}".rstrip() + ", which holds no file")
    return response


def _patiently(request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
    """The answer's head. A name that is looked up for ever, and a head that drips in, know no timeout of their own."""
    came: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            came.put(urllib.request.urlopen(request, timeout=timeout))  # noqa: S310 (likewise)
        except Exception as fault:  # noqa: BLE001 (raised where it is waited for)
            came.put(fault)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = came.get(timeout=_TURNS * timeout)
    except queue.Empty:
        raise TransferError(f"no answer in {_TURNS * timeout:g} s") from None
    if isinstance(found, Exception):
        raise found
    return found


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(_CHUNK)
    except (OSError, http.client.HTTPException) as fault:
        raise TransferError(_reason(fault, None)) from fault


def _continues(response: http.client.HTTPResponse, have: int, validator: str) -> bool:
    """Whether a partial answer is the rest of what is here, by its place and by what the server calls the file."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    called = response.headers.get("ETag" if validator.startswith('"') else "Last-Modified", "")
    return found is not None and int(found[1]) == have and (not validator or called in {"", validator})


def _check_room(part: Path, needed: int) -> None:
    """Notice before the first byte that there is no room for the last."""
    if needed > shutil.disk_usage(part.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _reason(fault: BaseException, timeout: float | None) -> str:
    inner = fault.reason if isinstance(fault, urllib.error.URLError) else fault
    if isinstance(inner, TimeoutError):
        return f"no answer in {timeout:g} s" if timeout else "the server stopped sending"
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return " ".join(text.split()) or type(inner).__name__
