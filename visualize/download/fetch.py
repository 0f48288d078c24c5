"""Fetching published files: a mirror first, then the cache, then the addresses; never a file with a wrong hash."""

from __future__ import annotations

import contextlib
import errno
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.download import cache, ledger, links
from visualize.download.errors import TooSlowError, TransferError, WrongFileError
from visualize.download.offline import FORBIDS, is_offline
from visualize.methods.errors import InputError, system_words
from visualize.methods.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.download.resource import Resource


TIMEOUT = 20.0
WEIGHTS = ", or give the file itself with --weights"
_ATTEMPTS = 6
_ABSENT = "not there"
_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html|<head)", re.IGNORECASE)  # what dead hosts send instead of a file


class UncheckedWarning(UserWarning):
    """A file is fetched that nothing vouches for."""


class PassedOverWarning(UserWarning):
    """A place has a file of the right name with the wrong content; another place had the right one."""


@dataclass
class _Tried:
    """Places that were tried without success.

    Args:
        places: each place with the reason why it did not do.
        wrong: the places among them that held something else than the file.
    """

    places: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, place: object, fault: str, *, wrong: bool = False) -> None:
        """Remember a place and its reason."""
        self.places.append(f"{place} ({fault})")
        if wrong:
            self.wrong.append(self.places[-1])


def fetch(
    resource: Resource, *, progress: Progress = silent, timeout: float = TIMEOUT, otherwise: str = WEIGHTS
) -> Path:
    """The path of a verified copy of a published file.

    A file in a mirror folder is used where it lies. One that is downloaded goes to the cache folder: first under the
    name FILE.part, which a later call continues after a break; then, when its hash is right, under its own name. Where
    the publisher states no whole SHA-256, that of the file first used is written down beside it, and checked from then
    on. Several processes may ask for the file at once; one fetches it, the others wait. With ``VIZ_OFFLINE=1`` nothing
    is downloaded, and nothing changed on the disk.

    Args:
        resource: what to fetch.
        progress: told how many bytes there are; a total of 0 means that it is unknown.
        timeout: seconds to wait for each answer of a server.
        otherwise: the end of the error: what else can be done than putting the file into a mirror.

    Raises:
        InputError: the file cannot be had; the message names the addresses tried, each with its reason, and the ways
            out.
    """
    tried = _Tried()
    path = _mirrored(resource, tried)
    if path is None:
        path = cache.cache_folder() / resource.file
        if fault := _fault(path, resource):
            if is_offline():
                raise _forbidden(path, fault, resource, tried, otherwise)
            with _writing(path, resource), ledger.alone(path):
                if _fault(path, resource) and not _filled(path, resource, tried, progress=progress, timeout=timeout):
                    raise InputError(
                        f"cannot get {resource.file}: tried "
                        f"{'; '.join(tried.places) or 'nothing: no address of it is known'}. "
                        f"Put the file into a folder and set {cache.MIRROR} to that folder{otherwise}"
                    )
    for place in tried.wrong:
        warnings.warn(f"passed over {place}; {path} is used", PassedOverWarning, stacklevel=2)
    _record(path, resource)
    return path


def _forbidden(kept: Path, fault: str, resource: Resource, tried: _Tried, otherwise: str) -> InputError:
    """The refusal of a file that is not on this disk, where downloads are forbidden."""
    if fault != _ABSENT:
        tried.add(kept, fault, wrong=True)
    why = f"{'; '.join(tried.wrong)} cannot be used" if tried.wrong else "it is not on this disk"
    return InputError(
        f"cannot get {resource.file}: {why}, and {FORBIDS}. Put the file into a folder and set {cache.MIRROR} to that "
        f"folder{otherwise}"
    )


def _record(path: Path, resource: Resource) -> None:
    """Write down the hash of a file that nobody vouches for; it is used all the same where that cannot be done."""
    kept = cache.cache_folder() / resource.file
    if cache.vouched(resource):
        return
    with contextlib.suppress(OSError, InputError), ledger.alone(kept):
        cache.record(path, resource)
        ledger.finish(kept, also=cache.record_of(resource).name)


def _mirrored(resource: Resource, tried: _Tried) -> Path | None:
    """The path of a good copy in the mirror folders, or None; bad copies there are added to ``tried``."""
    faults = []
    for path in (folder / name for folder in cache.mirror_folders() for name in cache.mirror_names(resource)):
        fault = _fault(path, resource)
        if not fault:
            return path
        faults.append((path, fault))
    noteworthy = [item for item in faults if item[1] != _ABSENT] or faults[:1]
    for path, fault in noteworthy:
        tried.add(path, fault, wrong=fault != _ABSENT)
    return None


def _filled(kept: Path, resource: Resource, tried: _Tried, *, progress: Progress, timeout: float) -> bool:
    """Try the addresses in turn until the file ``kept`` is there; whether it is there now."""
    if kept.exists():
        fault = _fault(kept, resource)
        tried.add(kept, f"{fault}; set aside as {ledger.set_aside(kept, kept)}", wrong=True)
    base = cache.mirror_address()
    mirrored = tuple(f"{base}/{name}" for name in cache.mirror_names(resource)) if base else ()
    for address in (*mirrored, *resource.sources):
        try:
            _download(address, kept, resource, progress=progress, timeout=timeout)
        except TransferError as fault:
            tried.add(address, str(fault), wrong=isinstance(fault, WrongFileError))
        else:
            return True
    return False


def _download(address: str, kept: Path, resource: Resource, *, progress: Progress, timeout: float) -> None:
    """Fetch one address, verify, and move into place.

    Raises:
        TransferError: the file could not be fetched, or is not the one that was expected.
        OSError: the cache folder cannot be written.
    """
    if not address.lower().startswith(("https://", "http://")):
        raise TransferError("neither http nor https")
    if not resource.hashes and address.lower().startswith("http://"):
        warnings.warn(
            f"{address} comes without encryption, and its publisher states no hash: nobody can tell whether it arrives "
            f"as it was sent. Its SHA-256 is written down, and checked from now on",
            UncheckedWarning,
            stacklevel=2,
        )
    part = _sibling(kept, ledger.PART)
    links.check(part)
    ledger.begin(kept, part.name, _sibling(kept, ledger.TAG).name)
    continued = part.exists()
    _persist(address, part, resource, progress=progress, timeout=timeout)
    fault = _wrong(part, resource)
    if fault and continued:  # the first half may have come from another file of that name
        part.unlink()
        _persist(address, part, resource, progress=progress, timeout=timeout)
        fault = _wrong(part, resource)
    if fault:
        raise WrongFileError(f"{fault}; set aside as {ledger.set_aside(part, kept)}")
    part.replace(kept)
    ledger.finish(kept)


def _persist(address: str, part: Path, resource: Resource, *, progress: Progress, timeout: float) -> None:
    """Fetch one address, going on after a break for as long as each attempt brings something."""
    from visualize.download.transfer import transfer  # which loads httpx

    for left in reversed(range(_ATTEMPTS)):
        before = _length(part)
        began = part.stat().st_mtime_ns if before else 0
        try:
            transfer(address, part, resource, timeout=timeout, progress=progress)
        except TooSlowError:
            raise
        except WrongFileError:
            part.unlink(missing_ok=True)
            raise
        except TransferError:
            replaced = left == _ATTEMPTS - 1 and before and part.stat().st_mtime_ns != began  # an older half gave way
            if not left or (_length(part) <= before and not replaced):
                raise
        else:
            return


def _fault(path: Path, resource: Resource) -> str:
    """Why a file on disk cannot be used; "" if it can."""
    try:
        return _wrong(path, resource) if path.is_file() else _ABSENT
    except OSError as fault:
        return system_words(fault)


def _wrong(path: Path, resource: Resource) -> str:
    """Why a file cannot be the one that was published; "" if it can.

    Where no hash tells, a web page is not the file (hosts that have died send one for whatever is asked), nor is one
    of less than half the length that is known.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        begin = file.read(64)
    if _PAGE.match(begin):
        return "a web page instead of the file"
    length = path.stat().st_size
    if not resource.hashes and (not length or 2 * length < (resource.size or 0)):
        return f"{length:,} bytes instead of {f'about {resource.size:,}' if resource.size else 'a file'}"
    return cache.mismatch(path, resource)


@contextlib.contextmanager
def _writing(kept: Path, resource: Resource) -> Iterator[None]:
    """Turn a refusal of the disk into an InputError; bytes that came before it are kept, to go on from."""
    folder = kept.parent
    try:
        yield
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            size = f" ({resource.size / 1e6:.0f} MB)" if resource.size else ""
            have = _length(_sibling(kept, ledger.PART))
            came = f"; the {have / 1e6:.1f} MB that came are kept, and the download goes on from there" if have else ""
            raise InputError(
                f"no space left in {folder} for {resource.file}{size}; make room, or set {cache.CACHE} to another "
                f"folder{came}"
            ) from fault
        raise InputError(
            f"cannot keep {resource.file} in {folder}: {system_words(fault)}; set {cache.CACHE} to a folder that "
            f"can be written"
        ) from fault


def _sibling(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
