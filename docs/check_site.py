"""See that no page of a site loads anything from elsewhere: ``python docs/check_site.py FOLDER``."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path

_LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}
"""Elements that load what they name, and the attribute that names it."""
_NAMED = {"canonical", "next", "prev"}  # links that browsers do not follow by themselves


class _Reader(HTMLParser):
    """Collects addresses elsewhere that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        address = held.get(_LOADED.get(tag, "")) or ""
        if address.startswith(("http:", "https:", "//")) and held.get("rel") not in _NAMED:
            self.elsewhere.append(address)


def elsewhere(text: str) -> list[str]:
    """Addresses elsewhere that a page loads.

    Example:
        >>> elsewhere('<a href="https://a.org"></a><script src="https://b.org/c.js"></script><img src="d.png">')
        ['https://b.org/c.js']
    """
    reader = _Reader()
    reader.feed(text)
    return reader.elsewhere


def main() -> None:
    """Read all pages; status 1 where one loads something from elsewhere."""
    pages = sorted(Path(sys.argv[1]).rglob("*.html"))
    asked = {f"{page}: {address}" for page in pages for address in elsewhere(page.read_text("utf-8"))}
    sys.stderr.write("".join(f"{line}\n" for line in sorted(asked)))
    sys.exit(1 if asked or not pages else 0)


if __name__ == "__main__":
    main()
