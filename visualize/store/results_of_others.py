"""Results of methods that are not ours, looked at before anything is written of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.methods.provenance import jsonable

if TYPE_CHECKING:
    from visualize.methods.result import Result

_CHECKS = "visualize.methods.testing.checks tells what a method promises"


def usable(results: tuple[Result, ...], name: str) -> tuple[Result, ...]:
    """Results as they came, if their panels, facts, arrays and provenance are what they must be.

    Args:
        results: of one call.
        name: of the method.

    Raises:
        InputError: something is not; the message names it.
    """
    from visualize.methods.drawing.panel import Panel
    from visualize.methods.provenance import Provenance

    for result in results:
        panels: object = result.panels()  # whatever it is
        if not isinstance(panels, Sequence) or not all(isinstance(panel, Panel) for panel in panels):
            raise InputError(f"{name}: panels() gives {_told(panels)}; expected Panels ({_CHECKS})")
        facts: object = result.facts()
        if not isinstance(facts, Mapping) or not _is_json(facts):
            raise InputError(f"{name}: facts() gives {_told(facts)}; expected a dictionary for JSON ({_CHECKS})")
        arrays: object = result.arrays()
        if not isinstance(arrays, Mapping) or any(_dtype(array) in {None, "O"} for array in arrays.values()):
            raise InputError(f"{name}: arrays() gives {_told(arrays)}; expected numpy arrays by name ({_CHECKS})")
        provenance: object = result.provenance
        if not isinstance(provenance, Provenance):
            raise InputError(f"{name}: a result without its provenance; give it self.provenance(...) ({_CHECKS})")
    return results


def _is_json(facts: Mapping[str, object]) -> bool:
    try:
        json.dumps(dict(facts), default=jsonable)
    except (TypeError, ValueError, RecursionError):
        return False
    return all(isinstance(key, str) for key in facts)


def _dtype(array: object) -> str | None:
    return getattr(getattr(array, "dtype", None), "kind", None)


def _told(value: object) -> str:
    """Kind of a value, in a word or two."""
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return f"a {type(value).__name__} with a {type(value[0]).__name__}"
    return "nothing" if value is None else f"a {type(value).__name__}"
