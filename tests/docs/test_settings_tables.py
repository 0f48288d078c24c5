from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import ROOT, docs_script
from visualize.methods.registry import BUILTIN

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """The script that writes the tables."""
    return docs_script("settings_tables")


@pytest.mark.parametrize("name", BUILTIN)
def test_a_page_s_table_says_what_the_settings_are(writer: ModuleType, name: str) -> None:
    page = (ROOT / f"docs/methods/{name}.md").read_text("utf-8")
    assert page.count(f"<!-- settings of {name} -->") == page.count("<!-- end of settings -->") == 1
    assert page == writer.filled(page, name), "run python docs/settings_tables.py"
