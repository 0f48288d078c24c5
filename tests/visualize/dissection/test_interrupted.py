"""Runs that end at an awkward moment, and what must not stay behind or stand in the way."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import torch

from methods.dissection.settings import Settings
from methods.errors import InputError
from tests.kit.labelled import noise
from tests.kit.networks import SIZE
from tests.visualize.dissection.made import LAYERS, SETTINGS, contents, dissected, held, probe
from visualize.dissection import chunk_files as spill
from visualize.dissection import merge, run
from visualize.dissection import resumable_run as running

if TYPE_CHECKING:
    from pathlib import Path


def _killed(*_: Any, **__: Any) -> NoReturn:  # noqa: ANN401 (whatever it would have been called with)
    raise KeyboardInterrupt


def test_a_run_killed_before_it_could_tidy_up_does_so_when_it_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dissected(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", _killed)
        with pytest.raises(KeyboardInterrupt):
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
        with pytest.raises(KeyboardInterrupt):
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


def test_a_disk_that_is_too_full_is_left_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_space", lambda *_: 1 << 62)
    with pytest.raises(InputError, match="free disk"):
        run(probe(), LAYERS, held(), tmp_path / "out", SETTINGS)
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore::methods.errors.BrokenImageWarning")
def test_a_shard_tolerates_as_many_broken_pictures_as_one_run_does(tmp_path: Path) -> None:
    some = dataclasses.replace(noise(300, SIZE, (20, 28)), bad=frozenset({5, 6}), bad_labels=frozenset({8}))
    settings, parts = Settings(quantile=0.02), [tmp_path / str(number) for number in range(1, 11)]
    run(probe(), ["deep"], some, tmp_path / "whole", settings)
    for number, part in enumerate(parts, 1):
        run(probe(), ["deep"], some, part, settings, shard=(number, 10))
    merge(parts, tmp_path / "merged", labelled=some)
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")


def test_dropping_what_no_longer_matters_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dissected(tmp_path / "whole")
    monkeypatch.setattr(spill, "_ROOM", 1)
    thinned: list[int] = []
    thin = spill.Spill.thin

    def counted(self: spill.Spill, *given: Any) -> None:  # noqa: ANN401 (as it comes)
        thinned.append(self.count)
        thin(self, *given)

    monkeypatch.setattr(spill.Spill, "thin", counted)
    dissected(tmp_path / "thin")
    assert thinned
    assert contents(tmp_path / "thin") == contents(tmp_path / "whole")
