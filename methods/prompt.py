"""A line on standard error to who sits at a prompt: in a notebook, or at Python's or IPython's in a terminal."""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any:  # noqa: ANN401 (IPython's own)
    """IPython's shell, if it runs; else None."""
    ipython: Any = sys.modules.get("IPython")
    return ipython.get_ipython() if hasattr(ipython, "get_ipython") else None


def in_notebook() -> bool:
    """Whether this is a notebook's kernel."""
    return getattr(shell(), "kernel", None) is not None


def at_prompt() -> bool:
    """Whether somebody sits at a prompt and sees standard error: never in scripts, pipes and commands."""
    return in_notebook() or ((hasattr(sys, "ps1") or shell() is not None) and sys.stderr.isatty())


def tell(text: str) -> None:
    """Say something in a line on standard error to who sits at a prompt.

    Args:
        text: words that can be printed.
    """
    if at_prompt():
        sys.stderr.write(f"viz: {text}\n")
