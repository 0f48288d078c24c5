"""Sets that are labelled by a segmenter, by name: ``"segmenter=torchvision/deeplabv3_resnet50@photographs/"``.

A segmenter of the user's own is code. It runs where the user names it, and never because a file says so: what opens
sets that a record names does it within :func:`named_by_a_record`.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX, _SEPARATOR = "segmenter=", "@"
_by_record = ContextVar("by_record", default=False)
_named: set[str] = set()  # segmenters that the user has named in this process


def with_segmenter(where: str, segmenter: str) -> str:
    """A set's name with the segmenter that labels its pictures.

    Raises:
        InputError: the segmenter's name is empty, or holds the sign that ends it.
    """
    if not segmenter.strip() or _SEPARATOR in segmenter:
        raise InputError(f"--segmenter {printable(segmenter)!r} names no segmenter; {FORMS}")
    return f"{_PREFIX}{segmenter.strip()}{_SEPARATOR}{where}"


FORMS = "write torchvision/NAME, such as torchvision/deeplabv3_resnet50, hf/OWNER/NAME, or path/to/file.py:function"


def split_segmenter(where: str) -> tuple[str | None, str]:
    """``"segmenter=hf/a/b@photographs"`` as ("hf/a/b", "photographs"); (None, the text) where it does not begin so.

    Raises:
        InputError: the segmenter or the set is missing.

    Example:
        >>> split_segmenter("segmenter=torchvision/fcn_resnet50@photographs/"), split_segmenter("scenes")
        (('torchvision/fcn_resnet50', 'photographs/'), (None, 'scenes'))
    """
    if not where.startswith(_PREFIX):
        return None, where
    segmenter, separator, rest = where.removeprefix(_PREFIX).partition(_SEPARATOR)
    if not separator or not segmenter.strip() or not rest.strip():
        raise InputError(
            f"{printable(where[:80])!r} names no segmenter and set; write segmenter=NAME@FOLDER, or --data FOLDER "
            f"--segmenter NAME"
        )
    return segmenter.strip(), rest


@contextlib.contextmanager
def named_by_a_record() -> Iterator[None]:
    """Within the block sets are named by a file, not by the user: no code of a segmenter runs that he has not named."""
    token = _by_record.set(True)
    try:
        yield
    finally:
        _by_record.reset(token)


def note_set(where: object) -> None:
    """Remember the segmenter of a set that the user has named, if it has one."""
    segmenter = split_segmenter(where)[0] if isinstance(where, str) else None
    if segmenter is not None:
        note(segmenter)


def note(segmenter: str) -> None:
    """Remember a segmenter that the user has named, where it is he who names the set."""
    if not _by_record.get():
        _named.add(segmenter)


def require_named(segmenter: str) -> None:
    """Refuse code that a record alone names; nothing of it has run yet.

    Raises:
        InputError: the user has not named it.
    """
    if _by_record.get() and segmenter not in _named:
        raise InputError(
            f"a record says that pictures were labelled by {printable(segmenter)}, which is code; name it yourself, "
            f"with --segmenter, if you trust it"
        )
