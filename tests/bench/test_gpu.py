"""The script that measures a GPU, tried without one."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from tests.bench.gpu import measurement
from tests.bench.gpu.measurement import FILE, alone, limited, main, measured, rehearsed
from tests.bench.gpu.parts import cuda_tests
from tests.bench.gpu.record import bars, write
from tests.bench.gpu.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_every_part_runs_in_miniature_and_one_that_fails_is_recorded(here: Path) -> None:
    def broken(_left: float) -> dict[str, object]:
        raise ValueError("no such thing")

    works = rehearsed() | {"CUDA tests": broken}
    assert measured(here / FILE, works, {"device": "cpu", "rehearsal": True}) == 1
    held = json.loads((here / FILE).read_text())
    failed = {name: part.get("error") for name, part in held["parts"].items() if "error" in part or "failed" in part}
    assert failed == {"CUDA tests": "ValueError: no such thing"}
    assert held["complete"]
    assert [(bar["value"] > 0, bar["kept"]) for bar in held["bars"]] == [(True, None)] * 2
    dissected = held["parts"]["dissection of AlexNet conv5, decoded"]
    assert dissected["of Broden's size, seconds"] == pytest.approx(63_305 / 16 * dissected["seconds"])
    assert set(dissected["phases"]) == {"scanning", "counting", "names and tables"}


def test_parts_that_the_time_is_up_for_are_not_begun_and_what_was_measured_stays(here: Path) -> None:
    works = {"ascent, AlexNet": lambda _left: {"ratio to the bare network": {"float32": 1.31}}}
    late = {"attribution, AlexNet": lambda _left: {"seconds": 1.0}}
    assert measured(here / FILE, works, {"device": "a GPU", "rehearsal": False}) == 1
    assert json.loads((here / FILE).read_text())["bars"][1]["kept"] is False
    assert measured(here / FILE, late, {"device": "a GPU", "rehearsal": False}, limit=0) == 1
    assert "the time was up" in json.loads((here / FILE).read_text())["parts"]["attribution, AlexNet"]["error"]
    assert [bar["kept"] for bar in bars({}, judged=True)] == [None, None]


def test_a_part_is_ended_at_its_limit_and_one_that_fails_gives_its_last_words() -> None:
    with pytest.raises(TimeoutError, match="ended after 0 s"):
        limited([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)
    with pytest.raises(RuntimeError, match="out of luck"):
        limited([sys.executable, "-c", "raise SystemExit('out of luck')"], 30)


def test_what_a_part_told_before_it_was_ended_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(command: Sequence[str], seconds: float) -> None:
        write(Path(command[-1]), {"a first run": 3.0})
        raise TimeoutError("ended after 90 s")

    monkeypatch.setattr(measurement, "limited", ended)
    assert alone("ascent, AlexNet")(500) == {"a first run": 3.0, "error": "TimeoutError: ended after 90 s"}


def test_tests_that_fail_or_take_too_long_tell_their_tracebacks(tmp_path: Path) -> None:
    wrong = tmp_path / "test_wrong.py"
    wrong.write_text("import pytest\n@pytest.mark.cuda\ndef test_it() -> None:\n    assert 2 == 3\n")
    needy = tmp_path / "test_needy.py"
    needy.write_text("import no_such_package\n")
    on_gpu = Scale(torch.device("cpu"), tests=(str(needy), str(wrong)))
    figures = cuda_tests(on_gpu)
    assert ["::test_it" in line for line in sorted(figures["failed"])] == [False, True]
    assert all(why in figures["what pytest wrote"] for why in ("assert 2 == 3", "No module named 'no_such_package'"))
    assert "error" not in figures
    late = cuda_tests(replace(on_gpu, testing=0.01))
    assert late["error"] == "interrupted after 0 s"


@pytest.mark.skipif(torch.cuda.is_available(), reason="is of machines without a GPU")
def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["a.json", "b.json"]) == 2
    assert list(here.iterdir()) == []
