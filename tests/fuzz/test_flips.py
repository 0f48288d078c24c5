"""Damage to a dissection's folder: noticed, or without consequence."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.fuzz.flips import flipped
from tests.visualize.dissection.made import contents, dissected, held
from visualize.dissection import merge, read_all, read_scores
from visualize.dissection.durable_files import write_arrays, write_json
from visualize.dissection.seals import sealed
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_no_flipped_bit_gives_another_table() -> None:
    results = flipped(24, seed=7)
    assert set(results) == {"refused", "right"}
    assert results["refused"] > results["right"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished")
    dissected(out)
    return out


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shards")
    for which in (1, 2):
        dissected(out / str(which), (which, 2))
    return out


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _last_line_gone(path: Path) -> None:
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:-2]) + b"\n")


@pytest.mark.parametrize("file", ["deep.csv", "deep.npz", "fc.csv"])
@pytest.mark.parametrize("harm", [lambda path: path.unlink(), _cut, _emptied, _last_line_gone])
@pytest.mark.parametrize("old", [False, True])
def test_a_dissection_without_one_of_its_tables_is_not_finished(
    file: str,
    harm: Callable[[Path], None],
    old: bool,  # noqa: FBT001 (a parameter of the test)
    finished: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished, out)
    if old:
        as_old(out)
    harm(out / file)
    before = contents(out)
    with pytest.raises(InputError, match=rf"{file}.*"):
        dissected(out)
    with pytest.raises(InputError, match=file):
        read_all(out) if file.endswith("csv") else read_scores(out, "deep")
    assert contents(out) == before


def as_old(out: Path) -> None:
    """Make a finished dissection's folder, or a part's, what version 0.2 wrote: without checksums."""
    for path in out.rglob("*.json"):
        content: dict[str, Any] = json.loads(path.read_text())
        content = {**{key: value for key, value in content.items() if key != "sha256"}, "format": 1}
        for about in content["layers"].values():
            about.pop("sha256", None)
        write_json(path, content)
    for path in out.rglob("partial/*.npz"):
        arrays = dict(np.load(path))
        about = json.loads(arrays["about"].tobytes())
        del about["format"], arrays["checksums"]
        write_arrays(path, {**arrays, "about": np.frombuffer(json.dumps(about).encode(), np.uint8)})
    for path in out.rglob("chunk-*.npy"):
        with path.open("rb") as file:
            parts = []
            while file.tell() < path.stat().st_size:
                parts.append(np.load(file))
        with path.open("wb") as file:
            for part in parts[:-1]:
                np.save(file, part)


def test_what_version_0_2_left_is_read_and_put_together(finished: Path, shards: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "finished")
    shutil.copytree(shards, tmp_path / "shards")
    as_old(tmp_path)
    assert dissected(tmp_path / "finished").finished
    assert [table.verdicts for table in read_all(tmp_path / "finished")] == [
        table.verdicts for table in read_all(finished)
    ]
    merge([tmp_path / "shards/1", tmp_path / "shards/2"], tmp_path / "merged", labelled=held())
    assert contents(tmp_path / "merged") == contents(finished)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 3}, "is of format '3'"),
        ({"format": True}, "is of format 'True'"),
        ({"format": 1e400}, "is of format 'inf'|cannot be read"),
        ({"shard": [1]}, r"shard: expected a list of 2 items"),
        ({"shard": [3, 2]}, "there is no shard 3/2"),
        ({"shard": [1, 2.5]}, r"shard\[1\]: expected a whole number"),
        ({"set": {"name": "x", "pictures": 10**15, "fingerprint": "0"}}, r"set\.pictures: expected a whole number"),
        ({"layers": []}, "layers: expected an object"),
        ({"layers": {"deep": {}}}, r"layers\['deep'\]: expected an entry 'source'"),
        ({"settings": {}}, "settings: expected an entry 'quantile'"),
        ({"source": {"where": "x", "trust": True}}, "source: expected no entry but"),
        ({"source": {"where": ["x"]}}, r"source\.where: expected text"),
        ({"preparation": {"size": [10**6, 10**6]}}, r"preparation\.size\[0\]: expected a whole number"),
        ({"threads": "many"}, "threads: expected a whole number"),
    ],
)
def test_a_record_that_cannot_be_is_refused_by_its_path(
    change: dict[str, Any], message: str, shards: Path, tmp_path: Path
) -> None:
    """Checksums do not help against whoever writes them too."""
    shutil.copytree(shards, tmp_path / "shards")
    path = tmp_path / "shards/2/partial/asked.json"
    content = {key: value for key, value in json.loads(path.read_text()).items() if key != "sha256"}
    path.write_text(json.dumps(sealed({**content, **change})))
    with pytest.raises(InputError, match=message):
        merge([tmp_path / "shards/1", tmp_path / "shards/2"], tmp_path / "merged", labelled=held())
    assert not (tmp_path / "merged").exists()


def test_a_summary_of_another_format_is_not_put_together(shards: Path, tmp_path: Path) -> None:
    shutil.copytree(shards, tmp_path / "shards")
    for which in (1, 2):
        as_old(tmp_path / "shards" / str(which))
        path = tmp_path / "shards" / str(which) / "partial/summary.npz"
        arrays = dict(np.load(path))
        about = {**json.loads(arrays["about"].tobytes()), "format": 3}
        write_arrays(path, {**arrays, "about": np.frombuffer(json.dumps(about).encode(), np.uint8)})
    with pytest.raises(InputError, match="format: expected one of 1, 2, not 3"):
        merge([tmp_path / "shards/1", tmp_path / "shards/2"], tmp_path / "merged", labelled=held())
    assert not (tmp_path / "merged").exists()
