from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from visualize.cards.named_methods import configured, in_order, kind_of, listed
from visualize.cards.request import Request
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.errors import InputError
from visualize.methods.registry import table
from visualize.reports.request import ReportRequest

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.cards.named_methods import MethodName

MINE = """
from dataclasses import dataclass
from typing import ClassVar
from visualize.methods import Method, Needs

@dataclass(frozen=True, kw_only=True)
class Mine(Method):
    name: ClassVar[str] = "mine"
    title: ClassVar[str] = "Mine"
    needs: ClassVar[Needs] = Needs.NOTHING
    depth: int = 1

    def look(self, probe, units, images, progress):
        return []

number = 7
"""


def test_a_method_is_named_by_its_name_by_itself_or_by_its_class_in_a_file(tmp_path: Path) -> None:
    assert kind_of("saliency") is kind_of(" saliency ") is kind_of(Saliency()) is table()["saliency"]
    (tmp_path / "mine.py").write_text(MINE)
    kind = kind_of(f"{tmp_path}/mine.py:Mine")
    assert (kind.name, kind.title) == ("mine", "Mine")


def test_a_method_is_named_by_its_class_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "package_of_mine.py").write_text(MINE)
    try:
        assert kind_of("package_of_mine:Mine").name == "mine"
    finally:
        sys.modules.pop("package_of_mine", None)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("salience", "did you mean saliency"),
        ("{folder}/mine.py:number", "expected a class that extends"),
        ("{folder}/none.py:Mine", "no file"),
        (3, "3 is no method; give a name such as"),
    ],
)
def test_what_is_no_method_is_refused(asked: MethodName, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    with pytest.raises(InputError, match=message):
        kind_of(asked.format(folder=tmp_path) if isinstance(asked, str) else asked)


def test_several_names_in_one_text_are_several_methods() -> None:
    named = ReportRequest(methods="top,ascent").methods
    assert named == Request(methods="top,ascent").methods == ["top", "ascent"]
    assert listed(Saliency()) == (Saliency(),)


def test_methods_stand_in_the_order_of_the_table_once_each_and_strangers_last(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    mine, other = f"{tmp_path}/mine.py:Mine", Saliency(kind="input")
    assert in_order([mine, "deconv", other, "ascent", "saliency"]) == ["ascent", "saliency", "deconv", mine]
    assert in_order(["saliency", other]) == [other]


def test_shared_settings_reach_the_methods_that_have_them() -> None:
    ascent, top = (configured(name, {"seed": 7, "steps": 3}, {}) for name in ("ascent", "top"))
    assert isinstance(ascent, GradientAscent)
    assert (ascent.seed, ascent.steps) == (7, 3)
    assert not hasattr(top, "steps")


def test_a_method_made_in_python_keeps_its_settings_but_for_those_that_it_must_have() -> None:
    mine = GradientAscent(steps=5, seed=1)
    assert configured(mine, {"seed": 7, "steps": 3}, {}) is mine
    assert configured(mine, {"seed": 7}, {"steps": 9}) == GradientAscent(steps=9, seed=1)


def test_a_setting_that_a_method_does_not_have_is_refused_with_close_ones() -> None:
    with pytest.raises(InputError, match="no setting 'stepps'; did you mean steps"):
        configured("ascent", {}, {"stepps": 2})
