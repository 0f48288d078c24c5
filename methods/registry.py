"""The table of methods that are installed, ours and third parties'."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import warnings
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError, suggest
from visualize.methods.reference import Reference

if TYPE_CHECKING:
    import importlib.metadata
    from collections.abc import Mapping

    from visualize.methods.method import Method

ENTRY_POINTS = "visualize.methods"


@dataclass(frozen=True)
class Entry:
    """One line of the table, which costs no library until the method is used.

    Args:
        where: the method's class.
        summary: what its command does, in one line.
    """

    where: Reference
    summary: str


BUILTIN: Mapping[str, Entry] = MappingProxyType(
    {
        "ascent": Entry(
            Reference("visualize.methods.ascent.method", "GradientAscent"),
            "Make pictures that excite a unit as strongly as possible.",
        ),
        "top": Entry(
            Reference("visualize.methods.top_images.method", "TopImages"),
            "Find the photographs that excite a unit most, and where in them.",
        ),
        "saliency": Entry(
            Reference("visualize.methods.attribution.saliency", "Saliency"),
            "Show how much each pixel of a photograph matters to a unit.",
        ),
        "deconv": Entry(
            Reference("visualize.methods.attribution.deconvolution", "Deconvolution"),
            "Trace a unit's activation on a photograph back to the pixels that it comes from.",
        ),
        "guided": Entry(
            Reference("visualize.methods.attribution.guided_backprop", "GuidedBackpropagation"),
            "Show what speaks for a unit in a photograph, by guided backpropagation.",
        ),
        "invert": Entry(
            Reference("visualize.methods.inversion.method", "Inversion"),
            "Make pictures that a layer cannot tell from a photograph: what it keeps, and what it leaves open.",
        ),
        "dream": Entry(
            Reference("visualize.methods.dream.method", "DeepDream"),
            "Change a photograph, or noise, step by step into what a unit or a whole layer answers to: DeepDream.",
        ),
        "check": Entry(
            Reference("visualize.methods.sanity.method", "Sanity"),
            "Measure whether the explanations of a unit tell the truth.",
        ),
        "dissect": Entry(
            Reference("visualize.methods.dissection.method", "Dissection"),
            "Find the concept that each unit detects, and how well.",
        ),
        "text": Entry(
            Reference("visualize.methods.dissection.text.method", "TextNames"),
            "Name units in free text, by the words that pictures which excite them are similar to.",
        ),
        "ablate": Entry(
            Reference("visualize.methods.ablation.method", "Ablation"),
            "Measure which classes the network tells worse without a unit.",
        ),
        "connections": Entry(
            Reference("visualize.methods.ablation.connections_method", "Connections"),
            "Find what feeds a unit, and what it feeds, by weight x mean activation.",
        ),
    }
)
"""The methods of this package, in the order in which a card shows them."""


def entries() -> dict[str, Entry]:
    """Every method that is announced, by name, without loading any: ours first, then those of other packages."""
    known = dict(BUILTIN)
    for announced in _announced():
        package = announced.dist
        summary = package.metadata["Summary"] if package and package.metadata["Summary"] else announced.value
        with contextlib.suppress(InputError):  # of another form: the table says so when it is asked for
            known.setdefault(announced.name, Entry(Reference.parse(announced.value), summary))
    return known


def table() -> dict[str, type[Method]]:
    """Every method that is installed, by name: ours first, then those of the entry point group ``visualize.methods``.

    A third party's method that cannot be loaded is left out with a warning that names it.

    Example:
        >>> table()["saliency"].title
        'Saliency'
    """
    known = {name: _load(entry.where) for name, entry in BUILTIN.items()}
    for announced in _announced():
        try:
            method = _load(Reference.parse(announced.value))
        except Exception as fault:  # noqa: BLE001 (a stranger's package may fail in any way; ours goes on without it)
            warnings.warn(f"the method {announced.name!r} ({announced.value}) was left out: {fault}", stacklevel=2)
            continue
        known.setdefault(announced.name, method)
    return known


def find(name: str) -> type[Method]:
    """The method of that name.

    Raises:
        InputError: there is none; the message names close ones.
    """
    known = table()
    if name not in known:
        raise InputError(f"no method is called {name!r}{suggest(name, known)} (known: {', '.join(known)})")
    return known[name]


def summary(kind: type[Method]) -> str:
    """One line that says what a method's command does: from the table, or the first line of its docstring."""
    entry = BUILTIN.get(kind.name)
    return (
        entry.summary
        if entry and entry.where == Reference(kind.__module__, kind.__name__)
        else (kind.__doc__ or "").partition("\n")[0]
    )


def _are_announced() -> bool:
    """Whether an installed package may announce a method: read off files, in less time than metadata takes to load."""
    for folder in dict.fromkeys(sys.path):
        with contextlib.suppress(OSError):
            if _announces(folder or os.getcwd(), os.stat(folder or ".").st_mtime_ns):  # noqa: PTH109, PTH116 (faster)
                return True
    return False


@functools.cache
def _announces(folder: str, changed: int) -> bool:  # noqa: ARG001 (which makes it another folder to the cache)
    """Whether a package in a folder, as it is since some time, may announce a method."""
    group = f"[{ENTRY_POINTS}]".encode()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".dist-info", ".egg-info")):
                with contextlib.suppress(OSError), open(f"{entry.path}/entry_points.txt", "rb") as file:  # noqa: PTH123 (likewise faster)
                    if group in file.read():
                        return True
    return False


def _announced() -> tuple[importlib.metadata.EntryPoint, ...]:
    if not _are_announced():
        return ()
    import importlib.metadata

    return tuple(importlib.metadata.entry_points(group=ENTRY_POINTS))


def _load(where: Reference) -> type[Method]:
    from visualize.methods.method import Method

    kind = where.load()
    if not (isinstance(kind, type) and issubclass(kind, Method)):
        raise TypeError(f"{where} is no subclass of visualize.methods.Method")
    return kind
