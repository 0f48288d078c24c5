"""Sections of figures, and the words under their pictures."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st

from tests.visualize.figures.made import noise, words
from visualize.figures import sections
from visualize.figures.section import caption
from visualize.methods.drawing.panel import Panel
from visualize.methods.method import Method, Needs
from visualize.methods.provenance import Identity, Json, Provenance
from visualize.methods.result import Result
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.unit import Target


@given(st.text("abc /.-_\n", max_size=300), st.integers(40, 400))
def test_captions_are_whole_or_say_that_they_are_not(text: str, width: int) -> None:
    lines = words(caption(text, width))
    assert len(lines) <= 4
    assert all(item.box.width <= width for item in lines)
    assert " ".join(item.text for item in lines).split() == text.split() or any("…" in item.text for item in lines)


@dataclass(frozen=True, kw_only=True)
class _Answer(Result):
    def panels(self) -> tuple[Panel, ...]:
        return (Panel(noise(), "a"), Panel(noise(), "b"))

    def facts(self) -> dict[str, Json]:
        return {}

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {}


class _Way(Method):
    name: ClassVar[str] = "way"
    title: ClassVar[str] = "A way of looking"
    needs: ClassVar[Needs] = Needs.NOTHING
    shows: ClassVar[str] = "What it shows."

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        raise NotImplementedError


def _answer(method: str) -> _Answer:
    provenance = Provenance(method=method, settings={}, seed=0, model=Identity("net", "0"))
    return _Answer(unit=Unit("conv5", 79), provenance=provenance, notes=("dead",))


def test_results_become_sections_titled_by_their_method() -> None:
    known, unknown = sections([_answer("way"), _answer("other")], methods={"way": _Way})
    assert (known.title, known.explanation, known.notes) == ("A way of looking", "What it shows.", ("dead",))
    assert len(known.panels) == 2
    assert unknown.title == "other"
    assert sections([known]) == (known,)


@dataclass(frozen=True, kw_only=True)
class _Photographs(_Answer):
    drawn: list[str]

    @property
    def chosen(self) -> tuple[int, ...]:
        return (3,)

    def panels(self) -> tuple[Panel, ...]:
        self.drawn.append("photographs")
        return (Panel(noise(), "a", of="3.jpg"),)


@dataclass(frozen=True, kw_only=True)
class _Explanation(_Answer):
    def aligned(self) -> tuple[Panel, ...]:
        return (Panel(noise(), "", of="3.jpg"),)


class _Explaining(_Way):
    explains: ClassVar[bool] = True


def test_what_stands_above_is_as_if_it_were_drawn_and_is_not() -> None:
    unit, provenance = Unit("conv5", 79), _answer("way").provenance
    above = _Photographs(unit=unit, provenance=provenance, notes=("dead",), drawn=[])
    result = _Explanation(unit=unit, provenance=provenance, notes=("dead", "blank"))
    methods: dict[str, type[Method]] = {"way": _Explaining}
    (alone,) = sections([result], methods=methods, above=[above])
    assert above.drawn == []
    below = sections([dataclasses.replace(above, provenance=_answer("top").provenance), result], methods=methods)[-1]
    for part in (alone, below):
        assert part.notes == ("blank",)
        assert [panel.caption for panel in part.panels] == [""]
