"""Hooks of the site that mkdocs builds from these pages: links that leave the folder, and pages of the Python names."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"(?<=\]\()(\.\./[^()\s#]+)(#[^()\s]*)?(?=\))")
_MOVED = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changes.md"}
"""Pages of the source's top folder that the site has too, and what they are called there."""
REFERENCE = {
    "cards": ("Cards and looks", ("unit", "units", "look", "Card", "Look", "side_by_side", "concept_pictures")),
    "ways": (
        "Ways of looking",
        (
            "GradientAscent", "TopImages", "Saliency", "Deconvolution", "GuidedBackpropagation", "Inversion",
            "DeepDream", "methods.Sanity", "methods.Dissection", "methods.Ablation", "methods.Connections",
        ),
    ),
    "networks": ("Networks", ("load", "Probe", "Preparation", "Layer", "Unit", "Sum", "Identity")),
    "pictures": ("Pictures", ("open_images", "open_labelled", "Images", "Stack", "BrokenImage")),
    "measurements": (
        "Measurements",
        ("transfer", "Transfer", "ablate", "Ablation", "find", "Fit", "report", "Report", "sweep", "Sweep"),
    ),
    "extending": (
        "For a method of your own",
        ("Method", "methods.Needs", "Result", "Panel", "methods.settings.setting", "InputError", "UnitError"),
    ),
}  # fmt: skip
"""Pages of the Python names: by file, the heading and the names of ``visualize``."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere in the source, and those that are made of docstrings."""
    for name, page in _MOVED.items():
        text = (ROOT / name).read_text("utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=_led_home(text, "", config)))
    for name, (heading, members) in REFERENCE.items():
        parts = [f"# {heading}", *(f"::: visualize.{member}" for member in members)]
        files.append(File.generated(config, f"reference/{name}.md", content="\n\n".join(parts) + "\n"))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 (mkdocs names them)
    """Lead links that leave the folder of the pages to where the source is kept."""
    folder = posixpath.dirname(page.file.src_uri)

    def led(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", folder, found[1]))
        if target.startswith("docs/"):
            return found[0]
        if target in _MOVED:
            return posixpath.relpath(_MOVED[target], folder or ".") + (found[2] or "")
        return f"{config.extra['source']}/blob/main/{target}{found[2] or ''}"

    return _LINK.sub(led, markdown)


def _led_home(text: str, folder: str, config: MkDocsConfig) -> str:
    """A page of the top folder, whose links to the source's other files lead to where it is kept."""
    return re.sub(
        r"(?<=\]\()((?:examples|tests|visualize|methods)/[^()\s]+|LICENSE|README\.md)(?=\))",
        rf"{config.extra['source']}/blob/main/{folder}\1",
        text,
    )
