from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from tests.kit.checkout import ROOT
from visualize.methods.registry import BUILTIN

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """The script that writes the tables."""
    spec = importlib.util.spec_from_file_location("settings_tables", ROOT / "docs/settings_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", BUILTIN)
def test_a_page_s_table_says_what_the_settings_are(writer: ModuleType, name: str) -> None:
    page = (ROOT / f"docs/methods/{name}.md").read_text("utf-8")
    assert page.count(f"<!-- settings of {name} -->") == page.count("<!-- end of settings -->") == 1
    assert page == writer.filled(page, name), "run python docs/settings_tables.py"
