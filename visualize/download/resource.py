"""A published file: its addresses, size and hashes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A published file.

    Args:
        file: its name in the cache folder and in a mirror.
        sources: addresses, the preferred one first.
        sha256: SHA-256 of the file, or as many leading hexadecimal digits as its publisher states; None if unknown.
        sha1: SHA-1 of the file, or leading digits of it; None if the publisher states none.
        md5: MD5 of the file, or leading digits of it; None if the publisher states none.
        size: bytes, to within a few per cent where the publisher does not state it; None if unknown.
        most: bytes that are accepted of a file of unknown size; None for any number.

    Example:
        >>> from visualize.models import Resource
        >>> weights = Resource(file="net.pth", sources=("https://example.org/v1/net-2f475921.pth",), sha256="2f475921")
        >>> weights.names  # that a mirror may have it under
        ('net.pth', 'net-2f475921.pth')
        >>> weights.hashes
        {'sha256': '2f475921'}
    """

    file: str
    sources: tuple[str, ...] = ()
    sha256: str | None = None
    sha1: str | None = None
    md5: str | None = None
    size: int | None = None
    most: int | None = None

    @property
    def hashes(self) -> dict[str, str]:
        """Hashes that the publisher states: name in ``hashlib`` -> leading hexadecimal digits, lower case."""
        stated = {"sha256": self.sha256, "sha1": self.sha1, "md5": self.md5}
        return {kind: digits.lower() for kind, digits in stated.items() if digits}

    @property
    def names(self) -> tuple[str, ...]:
        """Names that the file may have in a mirror folder: its own name first, then those at its addresses."""
        return tuple(dict.fromkeys((self.file, *(source.rsplit("/", 1)[-1] for source in self.sources))))
