"""Kinds of columns as the library datasets names them, which tests do without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Image:
    decode: bool = True


@dataclass(frozen=True)
class ClassLabel:
    names: tuple[str, ...]
