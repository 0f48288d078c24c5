"""Records of a dissection that whoever wrote them sealed as well: what cannot be is refused by what it says."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.kit import harm
from tests.kit.hostile import refused
from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting, of_labels
from visualize.intake.json_seals import sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMULAS, ARRAYS, RECORD = "relu.formulas.json", "relu.npz", "dissection.json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = of_labels(tmp_path_factory.mktemp("home"))
    assert viz(*dissecting(root, "--out", root / "whole", "--compose", "2", "--quiet")).status == 0
    return root


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    shutil.copytree(home / "whole", tmp_path / "copy")
    return tmp_path / "copy"


def _recorded(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the record, and seal it."""
    content = {key: value for key, value in json.loads((folder / RECORD).read_text()).items() if key != "sha256"}
    change(content)
    (folder / RECORD).write_text(json.dumps(sealed(content)))


def _replaced(folder: Path, name: str, kind: str, data: bytes) -> None:
    """Put another file in the place of a layer's, and its checksum into the record."""
    (folder / name).write_bytes(data)
    _recorded(
        folder, lambda held: held["layers"]["relu"]["sha256"].update({kind: hashlib.sha256(data).hexdigest()})
    )  # fmt: skip


def _unit(**change: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Formulas whose first unit has other entries."""

    def changed(held: dict[str, Any]) -> dict[str, Any]:
        place = next(place for place, unit in enumerate(held["units"]) if unit)
        return {**held, "units": [{**held["units"][place], **change} if n == place else u for n, u in
                                  enumerate(held["units"])]}  # fmt: skip

    return changed


LIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another layer": lambda held: {**held, "layer": "conv"},
    "fewer units": lambda held: {**held, "units": held["units"][:-1]},
    "more units": lambda held: {**held, "units": held["units"] * 2},
    "no concepts": lambda held: {**held, "concepts": []},
    "a length of 1,000": lambda held: {**held, "length": 1000},
    "a concept that there is not": _unit(concepts=[99]),
    "a concept below 0": _unit(concepts=[-1]),
    "a formula of nothing": _unit(concepts=[]),
    "more signs than concepts": _unit(operators=["and"] * 5),
    "a sign that is none": _unit(operators=["xor"]),
    "more in common than there is": _unit(intersection=10**9),
    "an IoU of 2": _unit(iou=2),
    "an IoU in words": _unit(iou="0.5"),
    "pixels below 0": _unit(truth=-1),
    "half a pixel": _unit(activation=0.5),
    "an entry more": _unit(note="x"),
    "a list": lambda held: [held],
    "depth": lambda _: json.loads("[" * 500 + "]" * 500),
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_formulas_that_cannot_be(lie: Callable[[dict[str, Any]], Any], copy: Path) -> None:
    content = json.dumps(lie(json.loads((copy / FORMULAS).read_text())))
    _replaced(copy, FORMULAS, "formulas", content.encode())
    assert FORMULAS in refused("report", copy, "--out", copy.parent / "out", within=copy.parent)


@pytest.mark.parametrize("text", [b"", b"[" * 100_000, b'{"layer": NaN}', b"\xff\xfe", b'{"layer": 1e400}'])
def test_formulas_that_are_none(text: bytes, copy: Path) -> None:
    _replaced(copy, FORMULAS, "formulas", text)
    refused("report", copy, "--out", copy.parent / "out", within=copy.parent)


@pytest.mark.parametrize(
    "harmed",
    [
        harm.away,
        lambda path: path.write_bytes(path.read_bytes().replace(b"apple", b"appla")),
        harm.folder,
        harm.pipe,
        lambda path: harm.link(path, "/dev/zero"),
        lambda path: harm.link(path, path.name),
    ],
)
def test_formulas_that_are_not_what_was_written(harmed: Callable[[Path], object], copy: Path) -> None:
    harmed(copy / FORMULAS)
    refused("report", copy, "--out", copy.parent / "out", within=copy.parent)


ARRAYS_OF = {
    "intersection": -5, "activation": -5, "truth": -5, "annotated": -1, "minimum_area": -1, "area": -1, "pixels": -1,
    "thresholds": np.nan, "sure_low": 2, "sure_high": -1, "sure_kept": 7, "sure_p": -0.5, "sure_auc": 1e300,
    "concept_categories": 5, "top_indices": 10**6, "sure_units": 99, "sure_half_concepts": 99,
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS_OF)
def test_arrays_of_what_cannot_be(name: str, copy: Path) -> None:
    arrays = dict(np.load(copy / ARRAYS))
    arrays[name] = np.full_like(arrays[name], ARRAYS_OF[name])
    file = io.BytesIO()
    np.savez(file, **arrays)
    _replaced(copy, ARRAYS, "npz", file.getvalue())
    assert "damaged" in refused("find", "apple", copy, within=copy.parent)


@pytest.mark.parametrize(
    ("change", "command"),
    [
        (lambda held: held.update(layers={}), "compare"),
        (lambda held: held["layers"]["relu"].update(formulas="../../etc/passwd"), "find"),
        (lambda held: held["layers"]["relu"].update(npz="/etc/passwd"), "find"),
        (lambda held: held["layers"]["relu"].update(units=10**9), "find"),
        (lambda held: held["settings"].update(score="best"), "find"),
        (lambda held: held["settings"].update(score=5), "compare"),
        (lambda held: held["settings"].update(compose=1000), "compare"),
        (lambda held: held["settings"].update(resamples=10**9), "compare"),
        (lambda held: held["source"].update(where=""), "compare"),
        (lambda held: held.update(notes="a text"), "compare"),
        (lambda held: held.update(notes=[["a list"]]), "compare"),
        (lambda held: held.update(broken={}), "compare"),
    ],
)
def test_records_of_what_cannot_be(change: Callable[[dict[str, Any]], object], command: str, copy: Path) -> None:
    _recorded(copy, change)
    words: dict[str, list[str | Path]] = {
        "find": ["find", "apple", copy],
        "compare": ["compare", copy, "--out", copy.parent / "out.png"],
    }
    refused(*words[command], within=copy.parent)
