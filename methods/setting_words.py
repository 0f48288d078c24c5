"""Settings of methods in words: the arguments in a class's docstring, the table in the docs."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

from visualize.methods.settings import setting_of, settings

if TYPE_CHECKING:
    from collections.abc import Mapping


def documented(cls: type, namespace: Mapping[str, Any]) -> str:
    """A class's docstring with a line for each setting under ``Args:``, unless it has such a part already.

    Args:
        cls: a method's class, whose fields may not be made yet.
        namespace: the class's.
    """
    bases = (base.__dict__.get("__dataclass_fields__", {}) for base in reversed(cls.__mro__[1:]))
    fields = {name: item for base in bases for name, item in base.items()}
    fields |= {name: item for name, item in namespace.items() if isinstance(item, dataclasses.Field)}
    helps = {name: setting_of(item).help for name, item in fields.items()}
    text = inspect.cleandoc(cls.__doc__ or "")
    lines = [_wrapped(f"{name}: {words}") for name, words in helps.items() if words]
    if not lines or "\nArgs:" in text:
        return cls.__doc__ or ""
    before, *after = re.split(r"\n\n(?=(?:Raises|Examples?):)", text, maxsplit=1)
    parts = [before, "Args:\n" + textwrap.indent("\n".join(lines), "    "), *after]
    return textwrap.indent("\n\n".join(parts), "    ").strip() + "\n    "


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 112, subsequent_indent="    ", break_on_hyphens=False)


def table(kind: type) -> str:
    """The settings of a method as a table in Markdown, for the docs."""
    rows = ["| setting | option | may be | default | what it does |", "|---|---|---|---|---|"]
    for item in settings(kind):
        option = f"`{item.flag}`" if item.option else ""
        rows.append(f"| `{item.name}` | {option} | {item.may_be} | {item.default} | {item.setting.help} |")
    return "\n".join(rows)
