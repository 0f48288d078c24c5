"""Settings that single removals and whole ablations share; naming them loads no library."""

from __future__ import annotations

from typing import Literal

By = Literal["zero", "mean"]
"""Numbers that stand in the place of a removed unit's activation: 0, or its mean over the set."""

LEAST = 5
"""Pictures that a class has at least in each half."""
