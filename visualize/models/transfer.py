"""One attempt at bringing one address's content into one file, continuing where an earlier attempt broke off."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, BinaryIO

from visualize._version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from methods.method import Progress

_CHUNK = 1 << 18
_AGENT = f"viz-units/{__version__}"
_HEADROOM = 1 << 20  # bytes by which a file may exceed twice its stated size before it is taken for another one


class TransferError(Exception):
    """An address did not give the file; the text is the reason without the address."""


def transfer(address: str, part: Path, *, secure: bool, size: int | None, timeout: float, progress: Progress) -> None:
    """Fetch an address into ``part``; what ``part`` already holds is not fetched again if the server agrees.

    Args:
        address: http or https.
        part: the partial file; kept when the transfer breaks off.
        secure: refuse what does not come over https, also after a redirect.
        size: about how many bytes to expect, or None; a file more than twice as long is refused.
        timeout: seconds to wait for each answer of the server.
        progress: told how many bytes there are; a total of 0 means that it is unknown.

    Raises:
        TransferError: the network or the server failed.
        OSError: ``part`` cannot be written.
    """
    have = part.stat().st_size if part.exists() else 0
    with _open(address, have, timeout) as response:
        if not response.url.lower().startswith(("https:", "http:")):
            raise TransferError("leads out of the web")
        if secure and not response.url.lower().startswith("https:"):
            raise TransferError("not taken over plain http, because no SHA-256 is known for it")
        start = have if _continues(response, have) else 0
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        most = 2 * size + _HEADROOM if size else None
        if most is not None and total > most:
            raise TransferError(f"holds {total:,} bytes instead of about {size:,}")
        with part.open("ab" if start else "wb") as out:
            done = _copy(response, out, start, (total, most), progress)
    if done < total:
        raise TransferError(f"broke off after {done:,} of {total:,} bytes")


def _copy(
    response: http.client.HTTPResponse, out: BinaryIO, start: int, limits: tuple[int, int | None], progress: Progress
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
    return done


def _open(address: str, have: int, timeout: float) -> http.client.HTTPResponse:
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 (only http and https come here)
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)  # noqa: S310 (likewise)
    except urllib.error.HTTPError as fault:
        fault.close()
        if fault.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return _open(address, 0, timeout)
        raise TransferError(f"HTTP {fault.code} {fault.reason}".rstrip()) from fault
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise TransferError(_reason(fault, timeout)) from fault
    return response


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as fault:
        raise TransferError(_reason(fault, None)) from fault


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    """Whether the server sends the rest only; one that does not know ranges sends everything again."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return response.status == http.client.PARTIAL_CONTENT and found is not None and int(found[1]) == have


def _reason(fault: BaseException, timeout: float | None) -> str:
    inner = fault.reason if isinstance(fault, urllib.error.URLError) else fault
    if isinstance(inner, TimeoutError):
        return f"no answer in {timeout:g} s" if timeout else "the server stopped sending"
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return " ".join(text.split()) or type(inner).__name__
