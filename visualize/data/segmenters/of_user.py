"""Segmenters of the user's own: a function in a file or a package, which is run."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.data.segmenters.segmenter import AS_IT_IS, MOST_CLASSES, NOTHING, Segmenter
from visualize.methods.errors import InputError
from visualize.printable import printable
from visualize.user_code import UserReference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAMES = "names"


def user_segmenter(name: str) -> Segmenter:
    """Segmenter of ``path/to/file.py:function`` or ``package.module:function``.

    The function is given a picture (H x W x 3, RGB, uint8, upright, of its own size) and returns a map of rows x
    columns of class numbers that covers the picture. Its attribute ``names``, or ``NAMES`` beside it, says what the
    numbers are: a list of names, or a dictionary by number. Label maps are kept by the file's content: what else the
    function depends on is not known.

    Args:
        name: of the function.

    Raises:
        InputError: there is no such function, its module fails, or it does not say what its numbers are.
    """
    reference = UserReference.parse(name)
    if reference is None:
        raise InputError(f"{printable(name)!r} is no segmenter; write path/to/file.py:function")
    function = reference.load()
    if not callable(function):
        raise InputError(f"{name} is a {type(function).__name__}; expected a function of a picture")
    module = _module(reference)
    given = getattr(function, _NAMES, None)
    classes = _classes(given if given is not None else getattr(module, _NAMES.upper(), None), name)

    def segment(picture: NDArray[np.uint8]) -> Any:  # noqa: ANN401 (checked by whoever calls)
        with reference.running():
            return function(picture)

    return Segmenter(name, _identity(reference, module), classes, segment, AS_IT_IS)


def _module(reference: UserReference) -> Any:  # noqa: ANN401 (a module)
    own = f"viz_own_{Path(reference.source).stem}" if reference.source.endswith(".py") else reference.source
    return sys.modules.get(own)


def _classes(given: Any, name: str) -> dict[int, str]:  # noqa: ANN401 (whatever the user wrote)
    """Names by number.

    Raises:
        InputError: there are none, or they are of another form.
    """
    pairs: list[tuple[Any, Any]] = []
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif isinstance(given, Sequence) and not isinstance(given, str):
        pairs = list(enumerate(given))
    whole = all(isinstance(number, int) and 0 <= number <= MOST_CLASSES for number, _ in pairs)
    if not pairs or not whole or not all(isinstance(label, str) for _, label in pairs):
        raise InputError(
            f"{name} does not say what its numbers are; write NAMES = ['', 'car', 'tree'] beside it, or a dictionary "
            f"by number, such as {{1: 'car', 2: 'tree'}}"
        )
    often = Counter(label for _, label in pairs if label not in NOTHING)
    if twice := next((label for label, count in often.items() if count > 1), None):
        raise InputError(f"{name} gives two numbers the name {printable(twice)!r}; expected one for each class")
    return dict(pairs)


def _identity(reference: UserReference, module: Any) -> str:  # noqa: ANN401 (likewise)
    file = Path(reference.source) if reference.source.endswith(".py") else Path(getattr(module, "__file__", "") or "")
    content = file.read_bytes() if file.is_file() else str(reference).encode()
    return hashlib.sha256(content + reference.name.encode()).hexdigest()
