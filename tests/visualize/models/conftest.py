"""Loading a model asks the cache folder: it is the test's own here as well."""

from __future__ import annotations

from tests.visualize.download.conftest import kept

__all__ = ["kept"]
