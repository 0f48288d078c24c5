"""Names of files for anything that a layer or a concept may be called."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from visualize.pages.names import slug


@given(st.text(max_size=90), st.text(max_size=90))
def test_names_are_safe_and_different_things_are_called_differently(first: str, second: str) -> None:
    assert re.fullmatch(r"[a-z0-9_.=+-]{1,80}", slug(first))
    assert not slug(first).startswith(".")
    if first != second:
        assert slug("object", first) != slug("object", second)
