"""The notebooks in examples/ run as they stand, and what they end their cells with displays itself."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from PIL import Image

from tests.kit.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = ROOT / "examples"
QUICKER = {
    r"\b(steps\"?[=:] ?)\d+": r"\g<1>2", r"\bcount=100\b": "count=48", r"\bcount=72\b": "count=36",
    r"\bcount=40\b": "count=24", r"\bpixels=1200\b": "pixels=120",
}  # fmt: skip
"""Numbers that make pictures better or figures surer, and that whether a notebook runs does not hang on."""
FIRST = """
import functools
from visualize.scenes import scenes
if not hasattr(scenes.render, "cache_info"):
    scenes.render = functools.lru_cache(maxsize=400)(scenes.render)
%reset -f
%cd -q FOLDER
"""
"""Scenes are drawn once for all notebooks, as they are for all tests, and nothing else is kept from one to the next."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelManager]:
    """One for all notebooks, as each that starts loads its libraries anew; what was named there is forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        manager = KernelManager()
        manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_pictures(path: Path, tmp_path: Path, kernel: KernelManager) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for number, quicker in QUICKER.items():
            cell.source = re.sub(number, quicker, cell.source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST.replace("FOLDER", str(tmp_path))))
    NotebookClient(notebook, timeout=300, km=kernel).execute()
    shown = [
        output["data"]["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(shown) >= 4
    for picture in shown:
        drawn = Image.open(io.BytesIO(base64.b64decode(picture)))
        drawn.load()
        assert len(drawn.convert("RGB").getcolors(1 << 24) or []) > 100, "a blank picture was shown"


def test_links_of_notebooks_lead_somewhere() -> None:
    for path in EXAMPLES.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for target in re.findall(r"\]\((?!https?:)([^)#]+)", cell.source) if cell.cell_type == "markdown" else ():
                assert (EXAMPLES / target).exists(), f"{path.name}: {target}"


def test_notebooks_are_kept_without_outputs() -> None:
    for path in EXAMPLES.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), f"{path.name}: clear the outputs before committing"
