"""Refusals of what a user gave: an InputError whose message is a single line."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refusal(words: str, *more: str) -> Iterator[pytest.ExceptionInfo[InputError]]:
    """Expect an InputError from the block, in one line that holds the words, and each of some more."""
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        yield caught
    message = str(caught.value)
    assert "\n" not in message
    for other in more:
        assert other in message
