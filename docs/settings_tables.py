"""Write each method's table of settings into its page: ``python docs/settings_tables.py`` after a setting changed."""

from __future__ import annotations

from pathlib import Path

from visualize.methods.registry import BUILTIN, find
from visualize.methods.setting_words import table

PAGES = Path(__file__).resolve().parent / "methods"


def filled(page: str, name: str) -> str:
    """A page with the table of a method's settings, as they are now, between its two marks.

    Args:
        page: the text.
        name: of the method.
    """
    begin, end = f"<!-- settings of {name} -->", "<!-- end of settings -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{table(find(name))}\n\n{end}{after}"


def main() -> None:
    """Write all pages."""
    for name in BUILTIN:
        file = PAGES / f"{name}.md"
        file.write_text(filled(file.read_text("utf-8"), name), "utf-8")


if __name__ == "__main__":
    main()
