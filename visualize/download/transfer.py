"""One attempt at bringing one address's content into one file, continuing where an earlier attempt broke off."""

from __future__ import annotations

import errno
import functools
import os
import re
import shutil
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from visualize.download import links, web
from visualize.download.errors import TooSlowError, TransferError, WrongFileError
from visualize.files import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import httpx

    from visualize.download.resource import Resource
    from visualize.methods.progress import Progress

    _Ask = Callable[[Mapping[str, str]], httpx.Response]


_TURNS = 3  # timeouts in which the head of an answer must come, and then _LEAST bytes in as many again
_LEAST = 4096
_LONGEST = 1 << 16  # bytes of an address and what a server calls its file
_HEADROOM = 1 << 20  # bytes by which a file may exceed twice its stated size before it is taken for another one


class _NothingMoreError(Exception):
    """The server has no byte beyond those that are here (HTTP 416).

    Args:
        total: bytes of the whole file; None where the server does not say it.
    """

    def __init__(self, total: int | None) -> None:
        super().__init__(total)
        self.total = total


def transfer(address: str, part: Path, resource: Resource, *, timeout: float, progress: Progress) -> None:
    """Fetch an address into a partial file; bytes that are there already are not fetched again if the server agrees.

    Where no hash will be checked, two halves are joined only if the server says by a validator (RFC 9110, section
    13.1.5) that they are of one file; the validator lies beside ``part``.

    Args:
        address: http or https.
        part: the partial file; kept when the transfer breaks off.
        resource: what to expect. Without a hash, an https address may not lead to a plain http one; a file more than
            twice as long as stated is refused, and one of unknown length that has more bytes than are accepted.
        timeout: seconds to wait for each answer of the server. The head of an answer must come within three times as
            many, and some bytes in every three times as many after that.
        progress: told how many bytes there are; a total of 0 means that it is unknown.

    Raises:
        TransferError: the network or the server failed.
        InputError: ``part`` is a link.
        OSError: ``part`` cannot be written, or there is no room for what is announced.
    """
    tag, checked = part.with_name(part.name + ".tag"), bool(resource.hashes)
    validator = "" if checked else _validator(tag, address)
    have = part.stat().st_size if part.exists() and (checked or validator) else 0
    with web.client(timeout) as client:
        ask = functools.partial(web.ask, client, address, within=_TURNS * timeout)
        answer, start = _answer(ask, have, validator)
        if answer is None:
            progress(have, have)
            tag.unlink(missing_ok=True)
            return
        _check_scheme(str(answer.url), address, checked=checked)
        total, most = _limits(answer, start, resource)
        _check_room(part, total - _length(part))
        if not checked and not start:
            with whole(tag) as noted:
                noted.write(f"{address}\n{_stated(answer)}".encode())
        with links.open_file(part, append=bool(start)) as out:
            done = _copy(web.content(answer), out, start, (total, most), _Pace(timeout), progress)
    if done < total:
        raise TransferError(f"broke off after {done:,} of {total:,} bytes")
    tag.unlink(missing_ok=True)


def _limits(answer: httpx.Response, start: int, resource: Resource) -> tuple[int, int | None]:
    """Bytes of the whole file as an answer announces them (0 if it does not), and the most to accept (None for any).

    Raises:
        WrongFileError: more is announced than is accepted.
    """
    length = answer.headers.get("Content-Length", "")
    total = start + int(length) if length.isdecimal() else 0
    most = 2 * resource.size + _HEADROOM if resource.size else resource.most
    if most is not None and total > most:
        expected = f"about {resource.size:,}" if resource.size else f"{most:,} at most"
        raise WrongFileError(f"holds {total:,} bytes instead of {expected}")
    return total, most


def _check_scheme(url: str, address: str, *, checked: bool) -> None:
    """Refuse a redirect from https to plain http for a file without a hash."""
    if not checked and address.lower().startswith("https:") and not url.lower().startswith("https:"):
        raise TransferError("leads from https to plain http, and no hash of it is known")


def _stated(answer: httpx.Response) -> str:
    """The validator that a server gives a file: a strong entity tag, or the time of its last change."""
    tag: str = answer.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")


def _validator(tag: Path, address: str) -> str:
    """The validator of a partial file; "" if there is none, or if the file came from another address."""
    whence, _, validator = links.read(tag, _LONGEST).decode("utf-8", "replace").partition("\n")
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
        """Count bytes that came.

        Raises:
            TransferError: too few came in the time that they had.
        """
        self._came += count
        now = time.monotonic()
        if now - self._since > self._span:
            if self._came < _LEAST:
                raise TooSlowError(f"sent only {self._came:,} bytes in {now - self._since:.0f} s")
            self._since, self._came = now, 0


def _copy(
    chunks: Iterable[bytes],
    out: BinaryIO,
    start: int,
    limits: tuple[int, int | None],
    pace: _Pace,
    progress: Progress,
) -> int:
    """Write an answer to a file; returns how many bytes the file then has.

    ``limits`` are the announced total (0 if unknown) and the most bytes to accept (None for any number).
    """
    total, most = limits
    done = start
    progress(done, total)
    for chunk in chunks:
        out.write(chunk)
        done += len(chunk)
        if most is not None and done > most:
            raise WrongFileError(f"sends more than {most:,} bytes")
        progress(done, total)
        pace.more(len(chunk))
    return done


def _answer(ask: _Ask, have: int, validator: str) -> tuple[httpx.Response | None, int]:
    """The server's answer and the byte that it starts with; no answer where nothing is left to be sent."""
    try:
        answer = _with_content(ask, have, validator)
    except _NothingMoreError as end:
        if end.total == have or (end.total is None and not validator):  # else a hash decides
            return None, have
        return _with_content(ask, 0, ""), 0
    if answer.status_code != HTTPStatus.PARTIAL_CONTENT:
        return answer, 0
    if _continues(answer, have, validator):
        return answer, have
    answer.close()
    return _with_content(ask, 0, ""), 0


def _with_content(ask: _Ask, have: int, validator: str) -> httpx.Response:
    """An answer that holds the file, or the bytes after its first ``have``."""
    rest = {"Range": f"bytes={have}-"} | ({"If-Range": validator} if validator else {})
    answer = ask(rest if have else {})
    if answer.status_code in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT if have else HTTPStatus.OK}:
        return answer
    answer.close()
    if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
        total = re.fullmatch(r"bytes \*/([0-9]+)", answer.headers.get("Content-Range", ""))
        raise _NothingMoreError(int(total[1]) if total else None)
    empty = ", which holds no file" if answer.is_success else ""
    raise TransferError(f"HTTP {answer.status_code} {answer.reason_phrase}".rstrip() + empty)


def _continues(answer: httpx.Response, have: int, validator: str) -> bool:
    """Whether a partial answer continues the bytes that are here, by its start and by the server's validator."""
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    called = answer.headers.get("ETag" if validator.startswith('"') else "Last-Modified", "")
    return match is not None and int(match[1]) == have and (not validator or called in {"", validator})


def _check_room(part: Path, needed: int) -> None:
    """Raise OSError before the first byte if there is no room for the last."""
    if needed > shutil.disk_usage(part.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
