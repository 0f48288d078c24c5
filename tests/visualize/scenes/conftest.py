"""Here scenes are drawn whenever they are asked for: that they are the same again is what is tested."""

from __future__ import annotations

import inspect

import pytest

from visualize.scenes import scenes


@pytest.fixture(autouse=True)
def _scenes_are_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "render", inspect.unwrap(scenes.render))
