from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.kit.pictures import Listed, arrays
from tests.kit.plain_hooks import seen_by
from tests.visualize.transfers.kit import small_network, small_probe
from visualize.methods import Preparation, Probe
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.transfers import features as reading
from visualize.transfers.features import read_features
from visualize.transfers.protocols.catalogue import PROTOCOLS

_POOLS = PROTOCOLS["svm"].pools(9000)
_HELD = arrays(11, (16, 16))


def _silent(done: int, total: int) -> None:
    pass


def test_all_layers_of_one_run_are_what_plain_hooks_see_whatever_the_batch() -> None:
    names = ("0", "1", "2", "3", "5")
    pictures = torch.from_numpy(np.stack(_HELD)).permute(0, 3, 1, 2).float() / 255
    seen = seen_by(small_network(), names, pictures)
    for batch in (1, 4, 11):
        images = Listed(_HELD)
        features = read_features(small_probe(), images, names, pools=_POOLS, batch=batch, progress=_silent)
        assert sorted(images.loads) == list(range(11))
        for name in names:
            values = features.layers[name].values
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, seen[name].detach().flatten(1).numpy(), atol=1e-6)


def test_many_features_lie_in_a_file_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read_features(small_probe(), Listed(_HELD), ["3"], pools=_POOLS, batch=4, progress=_silent)
    monkeypatch.setattr(reading, "LARGE", 100)
    mapped = read_features(small_probe(), Listed(_HELD), ["3"], pools=_POOLS, batch=4, progress=_silent)
    assert isinstance(mapped.layers["3"].values, np.memmap)
    assert np.array_equal(mapped.layers["3"].values, plain.layers["3"].values)


def test_pictures_that_cannot_be_read_are_left_out_and_said() -> None:
    images = Listed(_HELD, bad=frozenset({2, 9}))
    with pytest.warns(BrokenImageWarning):
        features = read_features(small_probe(), images, ["3"], pools=_POOLS, batch=4, progress=_silent)
    assert np.flatnonzero(~features.there).tolist() == [2, 9]
    assert features.notes == ("2 of 11 pictures could not be read and were skipped",)


def test_an_activation_that_is_no_number_is_refused_with_its_picture() -> None:
    network = small_network()
    with torch.no_grad():
        next(network[2].parameters()).fill_(float("nan"))
    probe = Probe(network, prepare=Preparation((16, 16)))
    with pytest.raises(InputError, match=r"2 gives an activation that is not finite for picture-0\.jpg"):
        read_features(probe, Listed(_HELD), ["2"], pools=_POOLS, batch=4, progress=_silent)
