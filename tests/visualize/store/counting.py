"""Which methods were really called, and of which units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visualize.methods.registry import table

if TYPE_CHECKING:
    import pytest


class Counting:
    """Notes every call of a method of the table: its name and its units."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str]] = []
        for kind in table().values():
            patch.setattr(kind, "look", self._noted(kind.name, kind.look))

    def taken(self) -> list[tuple[str, str]]:
        """The calls since this was asked last."""
        calls, self.calls = self.calls, []
        return calls

    def _noted(self, name: str, look: Any) -> Any:  # noqa: ANN401 (a method's own)
        def noted(method: Any, probe: Any, units: Any, *rest: Any) -> Any:  # noqa: ANN401 (handed on)
            self.calls.append((name, ",".join(map(str, units))))
            return look(method, probe, units, *rest)

        return noted
