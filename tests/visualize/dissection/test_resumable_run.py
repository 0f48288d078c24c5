"""Dissections into folders: killed, resumed, cut into shards and put together, always with the same numbers."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
import torch

from tests.kit.forked import ended, forked, needs_fork
from tests.kit.labelled import noise
from tests.kit.networks import SIZE
from tests.visualize.dissection.made import COUNT, LAYERS, SETTINGS, contents, deadly, dissected, held, probe, stopping
from visualize.dissection import merge, read, read_scores, run
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from visualize.methods.progress import Progress


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of one undisturbed run."""
    out = tmp_path_factory.mktemp("whole")
    dissected(out)
    return contents(out)


def test_the_folder_holds_what_the_engine_finds_in_memory(tmp_path: Path) -> None:
    outcome = dissected(tmp_path)
    results = dissect(probe(), LAYERS, held(), SETTINGS)
    assert {path.name for path in outcome.paths} == {path.name for path in tmp_path.iterdir()}
    for layer in LAYERS:
        scores, wanted = read_scores(tmp_path, layer), results.layers[layer]
        assert scores.sure is not None
        assert wanted.sure is not None
        for name, value in vars(wanted.sure).items():
            np.testing.assert_array_equal(getattr(scores.sure, name), value, err_msg=name)
        for item in dataclasses.fields(wanted):
            if item.name == "sure":
                continue
            np.testing.assert_array_equal(getattr(scores, item.name), getattr(wanted, item.name), err_msg=item.name)
        table = read(tmp_path, layer=layer)
        assert list(table.verdicts) == wanted.verdicts()


@pytest.mark.parametrize("chunk", [1, 9, 1000])
def test_the_files_do_not_depend_on_chunks(chunk: int, tmp_path: Path, whole: dict[str, bytes]) -> None:
    dissected(tmp_path, chunk=chunk)
    assert contents(tmp_path) == whole


@needs_fork
@pytest.mark.parametrize("moment", [2, 3, 5, 6, 9, 12, 15, 21, 28, 35, 44])
def test_a_killed_run_goes_on_and_gives_the_same_files(moment: int, tmp_path: Path, whole: dict[str, bytes]) -> None:
    assert ended(forked(lambda: deadly(tmp_path, moment))) == -signal.SIGKILL
    dissected(tmp_path)
    assert contents(tmp_path) == whole


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """Killed while the results were written, it leaves files without names of their own beside them."""
    (tmp_path / ".viz-0123456789abcdef.part").write_bytes(b"unit,cat")
    (tmp_path / "deep.csv").write_bytes(b"unit,cat")
    dissected(tmp_path)
    assert contents(tmp_path) == whole


def test_an_interrupted_run_does_not_look_at_pictures_again(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(KeyboardInterrupt, match="30 pictures"):
        run(probe(), LAYERS, held(), tmp_path, SETTINGS, chunk=8, watch=stopping)
    again = held()
    run(probe(), LAYERS, again, tmp_path, SETTINGS, chunk=8, source={"where": "nowhere"})
    assert sorted(again.loads) == list(range(24, COUNT))
    assert contents(tmp_path) == whole


def test_a_finished_folder_is_not_made_again(tmp_path: Path) -> None:
    first = dissected(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in first.paths}
    assert dissected(tmp_path).paths == first.paths
    assert {path: path.stat().st_mtime_ns for path in first.paths} == times


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"quantile": 0.01}, r"settings: quantile: 0\.02 .* 0\.01"),
        ({"alignment": "resize"}, "settings: alignment"),
        ({"categories": ("object",)}, "settings: categories"),
    ],
)
def test_other_settings_are_refused(
    changed: dict[str, object],
    message: str,
    finished: bool,  # noqa: FBT001 (a parameter of the test)
    tmp_path: Path,
) -> None:
    if finished:
        dissected(tmp_path)
    else:
        with pytest.raises(KeyboardInterrupt, match="30 pictures"):
            run(probe(), LAYERS, held(), tmp_path, SETTINGS, chunk=8, watch=stopping)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=message):
        dissected(tmp_path, settings=dataclasses.replace(SETTINGS, **changed))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"layers: 'deep, fc' .*'deep'"):
        run(probe(), ["deep"], held(), tmp_path, SETTINGS)
    with pytest.raises(InputError, match=r"set: (pictures|fingerprint)"):
        run(probe(), LAYERS, held(COUNT - 1), tmp_path, SETTINGS)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("count", [2, 3, 7])
def test_shards_put_together_are_one_run(count: int, tmp_path: Path, whole: dict[str, bytes]) -> None:
    folders = [tmp_path / f"shard{which}" for which in range(1, count + 1)]
    for which, folder in reversed(list(enumerate(folders, 1))):
        assert not dissected(folder, (which, count)).finished
    merge(list(reversed(folders)), tmp_path / "out", labelled=held())
    assert contents(tmp_path / "out") == whole
    for folder in folders:
        assert not list(folder.rglob("chunk-*"))
    merge(folders, tmp_path / "again", labelled=held())  # from the small files that are left
    assert contents(tmp_path / "again") == whole


def _shards(tmp_path: Path, count: int = 3) -> list[Path]:
    folders = [tmp_path / f"shard{which}" for which in range(1, count + 1)]
    for which, folder in enumerate(folders, 1):
        dissected(folder, (which, count))
    return folders


def test_shards_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    folders = _shards(tmp_path)

    def refused(some: Iterable[Path], message: str) -> None:
        with pytest.raises(InputError, match=message):
            merge(list(some), tmp_path / "out", labelled=held())

    refused(folders[:2], "shard 3/3 is missing")
    refused([*folders, folders[1]], "shard 2/3 is given twice")
    refused([], "no folder is given")
    refused([*folders[:2], tmp_path], "asked.json")
    other = tmp_path / "other"
    dissected(other, (3, 3), settings=Settings(quantile=0.1))
    refused([*folders[:2], other], "settings: quantile")
    unfinished = tmp_path / "unfinished"
    shutil.copytree(folders[2], unfinished)
    (unfinished / "partial" / "summary.npz").unlink()
    refused([*folders[:2], unfinished], "shard 3/3 in .*unfinished")
    with pytest.raises(InputError, match="is not the probe set"):
        merge(folders, tmp_path / "out", labelled=held(COUNT + 1))
    assert not (tmp_path / "out" / "dissection.json").exists()
    merge(folders, tmp_path / "out", labelled=held())


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0), (1, COUNT + 1)])
def test_shards_that_cannot_be_are_refused(shard: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"shard"):
        dissected(tmp_path / "out", shard)
    assert not (tmp_path / "out").exists()


def _fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5_000_000))


def test_too_little_disk_is_said_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill_the_disk(monkeypatch)
    with pytest.raises(InputError, match=r"5 MB of free .* 1[6-9] MB"):
        dissected(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "fault", [OSError("80801 requested and 51056 written"), OSError(28, "No space left on device")]
)
def test_a_disk_that_is_full_on_the_way_is_said_and_the_run_goes_on_later(
    fault: OSError, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is what numpy says of it, the second what the system says."""
    real, calls = np.save, iter(range(1000))

    def save(file: IO[bytes], array: np.ndarray, *, allow_pickle: bool) -> None:
        if next(calls) == 7:
            raise fault
        real(file, array, allow_pickle=allow_pickle)

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", save)
        with pytest.raises(InputError, match=r"cannot write .*chunk-.*; what was done before is kept: make room"):
            dissected(tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    dissected(tmp_path)
    assert contents(tmp_path) == whole


def test_two_runs_do_not_share_a_folder(tmp_path: Path, whole: dict[str, bytes]) -> None:
    @contextmanager
    def meddling(title: str) -> Iterator[Progress]:
        with pytest.raises(InputError, match="another process is dissecting into"):
            dissected(tmp_path)
        yield lambda *_: None

    run(probe(), LAYERS, held(), tmp_path, SETTINGS, chunk=8, source={"where": "nowhere"}, watch=meddling)
    assert contents(tmp_path) == whole


def test_the_manifest_states_network_set_settings_and_counts(whole: dict[str, bytes]) -> None:
    manifest = json.loads(whole["dissection.json"])
    assert manifest["weights_sha256"] == probe().identity.weights_sha256
    assert manifest["set"]["fingerprint"] == held().fingerprint
    assert manifest["settings"]["quantile"] == 0.02
    assert manifest["scanned"] == COUNT
    assert manifest["layers"]["deep"]["csv"] == "deep.csv"
    assert set(manifest["layers"]["deep"]["counts"]) == {"best_category_only", "once_per_category"}


def test_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt, match="30 pictures"):
        run(probe(), LAYERS, held(), tmp_path, SETTINGS, chunk=8, watch=stopping)
    (tmp_path / "partial" / "chunk-00001.npy").write_bytes(b"\x93NUMPY cut short")
    with pytest.raises(InputError, match=r"chunk-00001\.npy .*damaged"):
        dissected(tmp_path)


def _killed(*_: Any, **__: Any) -> NoReturn:  # noqa: ANN401 (whatever it would have been called with)
    raise KeyboardInterrupt("while it tidies up")


def test_a_run_killed_before_it_could_tidy_up_does_so_when_it_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dissected(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", _killed)
        with pytest.raises(KeyboardInterrupt, match="tidies up"):
            dissected(tmp_path / "out")
    dissected(tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_merge_killed_before_it_could_tidy_up_does_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dissected(tmp_path / "whole")
    parts = [tmp_path / str(number) for number in (1, 2, 3)]
    for number, part in enumerate(parts, 1):
        dissected(part, (number, 3))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", _killed)
        with pytest.raises(KeyboardInterrupt, match="tidies up"):
            merge(parts, tmp_path / "out", labelled=held())
    merge(parts, tmp_path / "out", labelled=held())
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not [path for part in parts for path in part.rglob("chunk-*")]


def test_after_repaired_weights_no_other_folder_is_needed(tmp_path: Path) -> None:
    ill = probe()
    with torch.no_grad():
        next(ill.network.parameters()).fill_(float("nan"))
    with pytest.raises(InputError, match="not finite"):
        run(ill, LAYERS, held(), tmp_path / "out", SETTINGS)
    assert run(probe(), LAYERS, held(), tmp_path / "out", SETTINGS).finished


@pytest.mark.filterwarnings("ignore::visualize.methods.errors.BrokenImageWarning")
def test_a_shard_tolerates_as_many_broken_pictures_as_one_run_does(tmp_path: Path) -> None:
    some = dataclasses.replace(noise(300, SIZE, (20, 28)), bad=frozenset({5, 6}), bad_labels=frozenset({8}))
    settings, parts = Settings(quantile=0.02), [tmp_path / str(number) for number in range(1, 11)]
    run(probe(), ["deep"], some, tmp_path / "whole", settings)
    for number, part in enumerate(parts, 1):
        run(probe(), ["deep"], some, part, settings, shard=(number, 10))
    merge(parts, tmp_path / "merged", labelled=some)
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")
