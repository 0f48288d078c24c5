from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from tests.kit.pictures import Listed, arrays
from tests.kit.plain_hooks import seen_by
from tests.visualize.transfers.kit import small_network, small_probe
from visualize.data import Folder, open_folder
from visualize.methods import Preparation, Probe
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.progress import silent
from visualize.transfers import room
from visualize.transfers.features import read_features
from visualize.transfers.protocols.catalogue import PROTOCOLS

if TYPE_CHECKING:
    from pathlib import Path

_POOLS = PROTOCOLS["svm"].pools(9000)
_HELD = arrays(11, (16, 16))


def test_all_layers_of_one_run_are_what_plain_hooks_see_whatever_the_batch() -> None:
    names = ("0", "1", "2", "3", "5")
    pictures = torch.from_numpy(np.stack(_HELD)).permute(0, 3, 1, 2).float() / 255
    seen = seen_by(small_network(), names, pictures)
    for batch in (1, 4, 11):
        images = Listed(_HELD)
        features = read_features(small_probe(), images, names, pools=_POOLS, batch=batch, progress=silent)
        assert sorted(images.loads) == list(range(11))
        for name in names:
            values = features.layers[name].values
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, seen[name].detach().flatten(1).numpy(), atol=1e-6)


def test_many_features_lie_in_a_file_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read_features(small_probe(), Listed(_HELD), ["3"], pools=_POOLS, batch=4, progress=silent)
    monkeypatch.setattr(room, "LARGE", 100)
    mapped = read_features(small_probe(), Listed(_HELD), ["3"], pools=_POOLS, batch=4, progress=silent)
    assert isinstance(mapped.layers["3"].values, np.memmap)
    assert np.array_equal(mapped.layers["3"].values, plain.layers["3"].values)


def _saved(folder: Path, count: int = 11) -> Folder:
    for number in range(count):
        Image.fromarray(_HELD[number]).save(folder / f"{number:02}.png")
    return open_folder(folder)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    images, keep = _saved(tmp_path / "set"), tmp_path / "kept"
    plain = read_features(small_probe(), images, ["0", "3"], pools=_POOLS, batch=2, progress=silent)

    def stop(done: int, total: int) -> None:
        if done >= 6:
            raise KeyboardInterrupt("after 6 pictures")

    with pytest.raises(KeyboardInterrupt, match="6 pictures"):
        read_features(small_probe(), images, ["0", "3"], pools=_POOLS, batch=2, progress=stop, keep=keep)
    told: list[int] = []
    again = read_features(
        small_probe(), images, ["0", "3"], pools=_POOLS, batch=2, progress=lambda done, _: told.append(done), keep=keep
    )
    assert told[0] == 8
    assert again.there.all()
    for name, item in plain.layers.items():
        np.testing.assert_allclose(again.layers[name].values, item.values, atol=1e-6)
    other = read_features(small_probe(1), images, ["0", "3"], pools=_POOLS, batch=2, progress=silent, keep=keep)
    assert not np.array_equal(other.layers["0"].values, again.layers["0"].values)
    room.clear_room(keep)
    assert not keep.exists()


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    keep = tmp_path / "kept"
    read_features(small_probe(), _saved(tmp_path / "set"), ["3"], pools=_POOLS, batch=4, progress=silent, keep=keep)
    (keep / "mine.txt").write_text("mine")
    room.clear_room(keep)
    assert [path.name for path in keep.iterdir()] == ["mine.txt"]


def test_nothing_is_kept_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "set")
    images = _saved(tmp_path / "set")
    with pytest.raises(InputError, match="is a link"):
        read_features(small_probe(), images, ["3"], pools=_POOLS, batch=4, progress=silent, keep=tmp_path / "link")


def test_pictures_that_cannot_be_read_are_left_out_and_said() -> None:
    images = Listed(_HELD, bad=frozenset({2, 9}))
    with pytest.warns(BrokenImageWarning, match="skipped "):
        features = read_features(small_probe(), images, ["3"], pools=_POOLS, batch=4, progress=silent)
    assert np.flatnonzero(~features.there).tolist() == [2, 9]
    assert features.notes == ("2 of 11 pictures could not be read and were skipped",)


def test_an_activation_that_is_no_number_is_refused_with_its_picture() -> None:
    network = small_network()
    with torch.no_grad():
        next(network[2].parameters()).fill_(float("nan"))
    probe = Probe(network, prepare=Preparation((16, 16)))
    with pytest.raises(InputError, match=r"2 gives an activation that is not finite for picture-0\.jpg"):
        read_features(probe, Listed(_HELD), ["2"], pools=_POOLS, batch=4, progress=silent)
