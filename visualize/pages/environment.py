"""Templates of pages: every text from data is escaped, and nothing in it can turn the order of letters."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.printable import clean

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_STATIC = Path(__file__).parent / "static"


def rendered(template: str, **content: object) -> str:
    """A template filled in.

    Args:
        template: its file's name, such as ``"unit.html"``.
        content: what it speaks of, by name; texts in it are escaped.

    """
    return _environment().get_template(template).render(**content)


def static(name: str) -> bytes:
    """A file that pages use as it is.

    Args:
        name: such as ``"report.css"``.
    """
    return (_STATIC / name).read_bytes()


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    """A text without letters that no page should hold; markup of our own templates stays as it is."""
    return clean(value) if type(value) is str else value
