from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.kit.ablation import ablated_by_hook, planted_probe
from tests.visualize.transfers.kit import coloured, save_classes
from visualize.ablation.api import ablate
from visualize.methods import InputError, Probe, Stack, UnitError
from visualize.methods.ablation.halves import halves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.ablation.result import Ablation
    from visualize.methods.progress import Progress


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_classes(tmp_path_factory.mktemp("colours"), 60)


@pytest.fixture(scope="module")
def lost(folder: Path) -> Ablation:
    return ablate(planted_probe(), "relu", data=folder, sizes=[1, 2])


def test_each_class_loses_the_unit_that_tells_it(lost: Ablation) -> None:
    assert (lost.labels, lost.classes) == ("given", ("blue", "green", "red")[::-1])
    assert lost.pictures == (30, 30)
    for unit, label in enumerate(("red", "blue"), start=0):
        change = lost.change(2 * unit, label)
        assert (change.pictures, change.recall, change.lost, change.gained) == (10, (1.0, 0.0), 10, 0)
        assert change.headline == f"{label} 100 -> 0 %"
        assert change.balanced == (1.0, 0.5)
        assert change.chance == pytest.approx(2 / 2**10)
        assert lost.needed(label)[0] == change
        assert lost.served(2 * unit)[0].label == label
    assert lost.change(0, "green").specificity == (1.0, 0.5)  # red pictures are then called green
    assert lost.change(3, "red").recall == (1.0, 1.0)
    assert [lost.served(unit) for unit in (3, 4)] == [[], []]
    assert {item.unit for item in lost.strongest} == {0, 2}


def test_a_batch_that_fits_the_memory_answers_alike(lost: Ablation, folder: Path) -> None:
    fitted = ablate(planted_probe(), "relu", data=folder, sizes=[1, 2], batch="auto")
    assert fitted.document() == lost.document()


def test_the_most_important_unit_alone_tells_a_class_and_all_but_it_do_not(lost: Ablation) -> None:
    place = lost.classes.index("red")
    assert lost.curves.sizes == (1, 2)
    assert lost.curves.without.recall[:, place].tolist() == [0.0, 0.0]
    assert lost.curves.alone.recall[:, place].tolist() == [1.0, 1.0]
    document: Any = lost.document()
    assert document["classes"][place]["removed"][0]["without"]["recall"] == 0.0
    assert document["classes"][place]["needs"][0]["unit"] == 0


def test_rates_are_those_of_plain_hooks_on_the_half_that_is_reported(lost: Ablation, folder: Path) -> None:
    from visualize.data import open_folder

    probe, images = planted_probe(), open_folder(folder)
    truth = np.array([["red", "green", "blue"].index(images.file(place).split("/")[0]) for place in range(60)])
    pictures = np.stack([images.load(place, probe.prepare) for place in range(60)])
    inputs = probe.prepared(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255)
    half = halves(truth)
    called = [ablated_by_hook(probe.network, "relu", inputs, [unit]).argmax(1).numpy() for unit in range(5)]
    for unit in range(5):
        for place, number in enumerate((0, 1, 2)):
            right = called[unit][half] == number
            own = truth[half] == number
            assert lost.after.recall[unit, place] == right[own].mean()
            assert lost.after.specificity[unit, place] == 1 - right[~own].mean()


def test_without_labels_of_the_networks_classes_its_own_answers_are_the_truth() -> None:
    held, names = coloured(60)
    lost = ablate(planted_probe(), "relu", data=Stack(held, "colours"), units="0,3-4")
    assert lost.labels == "network"
    assert "agreement with itself" in lost.truth
    assert lost.units == (0, 3, 4)
    assert lost.before.recall.tolist() == [1.0] * 3
    assert lost.before.specificity.tolist() == [1.0] * 3
    assert lost.change(0, "red").recall == (1.0, 0.0)
    assert lost.change(0, "red").chance is None  # no picture can be gained: every change is a loss
    assert [int(count) for count in lost.before.positives] == [int((names == number).sum() / 2) for number in range(3)]


def test_the_mean_of_a_unit_can_stand_in_its_place(folder: Path) -> None:
    by_mean = ablate(planted_probe(), "relu", data=folder, sizes=[1], by="mean")
    place = by_mean.classes.index("green")
    # with its mean, unit 0 is a weak sign of red in every picture: green and blue are still told by their own
    assert by_mean.change(0, "green").recall == (1.0, 1.0)
    assert by_mean.change(0, "red").recall == (1.0, 1.0)
    assert by_mean.curves.alone.recall[0, place] == 1.0


def test_an_interrupted_ablation_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    @contextmanager
    def stopping(title: str) -> Iterator[Progress]:
        def progress(done: int, total: int) -> None:
            told.append((title, total))
            if "one by one" in title and 0 < done < total:
                raise KeyboardInterrupt("between the first unit and the last")

        yield progress

    @contextmanager
    def noting(title: str) -> Iterator[Progress]:
        yield lambda _done, total: told.append((title, total))

    asked: dict[str, Any] = {"data": folder, "sizes": [1], "keep": tmp_path / "answers"}
    with pytest.raises(KeyboardInterrupt, match="between the first"):
        ablate(planted_probe(), "relu", watch=stopping, **asked)
    told.clear()
    again = ablate(planted_probe(), "relu", watch=noting, **asked)
    assert {total for title, total in told if "one by one" in title} == {52}  # the first eight of sixty are known
    fresh = ablate(planted_probe(), "relu", data=folder, sizes=[1])
    assert {**again.document(), "versions": None} == {**fresh.document(), "versions": None}


def test_the_network_is_left_as_it_was(folder: Path) -> None:
    probe = planted_probe()
    probe.network.train()
    before = {name: value.clone() for name, value in probe.network.state_dict().items()}
    ablate(probe, "relu", data=folder, sizes=[1])
    assert probe.network.training
    assert all(torch.equal(value, before[name]) for name, value in probe.network.state_dict().items())
    assert not any(module._forward_hooks for module in probe.network.modules())


def test_what_cannot_be_asked_is_refused(folder: Path) -> None:
    probe = planted_probe()
    with pytest.raises(UnitError, match="nowhere"):
        ablate(probe, "nowhere", data=folder)
    with pytest.raises(UnitError, match="0 to 4"):
        ablate(probe, "relu", data=folder, units=[7])
    with pytest.raises(UnitError, match="no single unit"):
        ablate(probe, "relu", data=folder, units="0+1")
    with pytest.raises(InputError, match="did you mean zero"):
        ablate(probe, "relu", data=folder, by="zeros")
    with pytest.raises(InputError, match="in each half"):
        ablate(probe, "relu", data=folder, least=50)
    with pytest.raises(InputError, match="ablate takes no 'colour'"):
        ablate(probe, "relu", data=folder, colour="red")
    nameless = Probe(probe.network, prepare=probe.prepare)
    with pytest.raises(InputError, match="not at hand"):
        ablate(nameless, "relu", data=folder, labels="given")
    unlike = probe.changed(classes=("car", "tree", "street"))
    with pytest.raises(InputError, match="no classes of the network"):
        ablate(unlike, "relu", data=folder, labels="given")
