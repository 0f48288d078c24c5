"""Docstrings as the site shows them: examples as code, and names without the marks that other tools link them by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import griffe

if TYPE_CHECKING:
    from griffe import Object

_ROLE = re.compile(r":(?:\w+:)?\w+:`(~?)([^`<]+?)`")


class Docstrings(griffe.Extension):
    """Rewrites every docstring before it is parsed."""

    def on_object(self, *, obj: Object, **_: Any) -> None:  # noqa: ANN401 (griffe passes more by version)
        """Called by griffe for each module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = plain(obj.docstring.value)


def plain(text: str) -> str:
    """A docstring without roles, and with its example where griffe looks for code.

    Example:
        >>> plain("See :class:`~visualize.methods.Probe`.")
        'See `Probe`.'
    """
    shown = _ROLE.sub(lambda role: f"`{role[2].rpartition('.')[2] if role[1] else role[2]}`", text)
    return re.sub(r"^( *)Example:$", r"\1Examples:", shown, flags=re.MULTILINE)
