"""Every count equals that of a brute-force re-implementation of the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from tests.kit.labelled import Held, noise
from tests.kit.networks import SIZE, classifier_probe
from tests.methods.dissection.brute import Brute, anchored, count, maps_of, resized, threshold
from visualize.methods.dissection.pipeline import Dissected, dissect
from visualize.methods.dissection.settings import Alignment, Settings
from visualize.methods.errors import BrokenImageWarning, InputError

if TYPE_CHECKING:
    from visualize.methods.dissection.scores import LayerScores
    from visualize.methods.network.probe import Probe


_LAYERS = ("conv", "deep", "fc")


def _brute(
    probe: Probe,
    layer: str,
    held: Held,
    settings: Settings,
    *,
    skip: frozenset[int] = frozenset(),
    among: tuple[str, ...] = (),
) -> Brute:
    seen = [index for index in range(len(held)) if index not in held.bad]
    maps = maps_of(probe, layer, held, seen, among=among)
    cut = threshold(maps, repr(settings.quantile))
    counted = [place for place, index in enumerate(seen) if index not in skip]
    above = maps[counted].astype(np.float64) - cut.astype(np.float64)[:, None, None]
    field = probe.layer(layer).field
    if settings.alignment == "resize" or field is None or min(field.stride) == 0:
        scaled = resized(above, held.shape)
    else:
        scaled = anchored(above, held.shape, probe.prepare.size, field.offset, field.stride)
    counts = count(scaled > 0, held, [seen[place] for place in counted], probe)
    counts.thresholds = cut
    return counts


def _same(scores: LayerScores, wanted: Brute) -> None:
    np.testing.assert_array_equal(scores.thresholds, wanted.thresholds)
    iou = scores.iou
    for column, concept in enumerate(scores.concepts):
        np.testing.assert_array_equal(scores.intersection[:, column], wanted.intersection[concept.number])
        assert scores.truth[column] == wanted.truth[concept.number]
        for unit in range(scores.units):
            assert iou[unit, column] == pytest.approx(wanted.iou(unit, concept.number, concept.category), rel=1e-12)
    for column, name in enumerate(scores.categories):
        np.testing.assert_array_equal(scores.activation[:, column], wanted.activation[name])


def _alike(first: Dissected, second: Dissected) -> None:
    for name, scores in first.layers.items():
        for key in ("thresholds", "intersection", "activation", "truth", "annotated", "top_indices", "top_peaks"):
            np.testing.assert_array_equal(getattr(scores, key), getattr(second.layers[name], key), err_msg=key)


@pytest.mark.parametrize("shape", [(10, 14), (20, 28), (37, 23), (7, 5)])
@pytest.mark.parametrize("alignment", ["receptive-field", "resize"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_counts_equal_brute_force(shape: tuple[int, int], alignment: Alignment, dtype: torch.dtype) -> None:
    probe, held = classifier_probe(dtype), noise(21, SIZE, shape)
    settings = Settings(quantile=0.03, alignment=alignment)
    result = dissect(probe, _LAYERS, held, settings)
    for layer in _LAYERS:
        _same(result.layers[layer], _brute(probe, layer, held, settings, among=_LAYERS))
    assert result.layers["deep"].intersection.any()


def test_each_category_counts_only_the_half_that_is_annotated_in_it() -> None:
    """Objects in the first half of the pictures and parts in the second: neither counts masks in the other's half."""
    probe, held, settings = classifier_probe(), noise(20, SIZE, (20, 28)), Settings(quantile=0.03)
    generator = np.random.default_rng(1)
    for index in range(len(held)):
        name, numbers = ("object", [0, 1, 2]) if index < 10 else ("part", [0, 4, 5])
        held.annotations[index] = {name: [generator.choice(numbers, (20, 28))]}
    scores = dissect(probe, ["deep"], held, settings).layers["deep"]
    _same(scores, _brute(probe, "deep", held, settings))
    assert scores.annotated.tolist() == [10, 10, 0]
    for column, skipped in ((0, range(10, 20)), (1, range(10))):
        seen = _brute(probe, "deep", held, settings, skip=frozenset(skipped))
        name = scores.categories[column]
        np.testing.assert_array_equal(scores.activation[:, column], seen.activation[name])
    assert (scores.activation[:, :2].sum(0) > 0).all()
    assert not scores.activation[:, 2].any()


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_probe_set_is_counted_as_by_hand(data: st.DataObject) -> None:
    """Maps that overlap, numbers for whole pictures beside maps, pictures without labels, labels shared by maps."""
    shape = data.draw(st.tuples(st.integers(1, 24), st.integers(1, 30)), label="label maps")
    count = data.draw(st.integers(1, 6), label="pictures")
    held = noise(count, SIZE, shape, seed=data.draw(st.integers(0, 99), label="seed"))
    numbers = st.sampled_from([0, *(concept.number for concept in held.concepts)])
    maps = hnp.arrays(np.int32, shape, elements=numbers, fill=numbers)
    labels = st.lists(st.one_of(maps, numbers.filter(bool)), max_size=3)
    for index in range(count):
        held.annotations[index] = data.draw(
            st.dictionaries(st.sampled_from(held.categories), labels, max_size=3), label=f"labels of {index}"
        )
    how = Settings(
        quantile=data.draw(st.sampled_from([0.001, 0.02, 0.5, 0.97]), label="quantile"),
        alignment=data.draw(st.sampled_from(["receptive-field", "resize"]), label="alignment"),
    )
    probe = classifier_probe()
    _same(dissect(probe, ["deep"], held, how).layers["deep"], _brute(probe, "deep", held, how))


@pytest.mark.cuda
@pytest.mark.parametrize("rotate", [0.0, 0.7])
def test_on_a_cuda_device_counts_equal_brute_force_on_its_own_activations(rotate: float) -> None:
    probe, held = classifier_probe(), noise(150, SIZE, (20, 28))
    probe.network.cuda()
    assert probe.device.type == "cuda"
    how = Settings(quantile=0.03, rotate=rotate)
    whole, sevens = (dissect(probe, _LAYERS, held, how, batch=batch) for batch in (None, 7))
    _alike(whole, sevens)
    for layer in _LAYERS if not rotate else ():
        _same(whole.layers[layer], _brute(probe, layer, held, how, among=_LAYERS))


@pytest.mark.parametrize("quantile", [0.0001, 0.005, 0.3, 0.9])
def test_counts_equal_brute_force_at_any_quantile(quantile: float) -> None:
    probe, held, settings = classifier_probe(), noise(10, SIZE, (20, 28)), Settings(quantile=quantile)
    _same(dissect(probe, ["deep"], held, settings).layers["deep"], _brute(probe, "deep", held, settings))


def test_the_numbers_do_not_depend_on_batches_or_threads() -> None:
    probe, held = classifier_probe(), noise(21, SIZE, (20, 28))
    runs = [
        dissect(probe, ["conv", "deep"], held, Settings(quantile=0.02), batch=batch, workers=workers)
        for batch, workers in [(None, None), (1, 1), (3, 2), (8, 5), (50, 1)]
    ]
    for run in runs[1:]:
        _alike(runs[0], run)


def test_many_layers_at_once_are_each_layer_by_itself() -> None:
    probe, held = classifier_probe(), noise(12, SIZE, (20, 28))
    layers = ("deep", "pool", "fc")  # with conv no batch norm is folded into it, and the last bits are others
    together = dissect(probe, layers, held, Settings(quantile=0.02))
    for layer in layers:
        alone = dissect(probe, [layer], held, Settings(quantile=0.02))
        np.testing.assert_array_equal(together.layers[layer].intersection, alone.layers[layer].intersection)


def test_fewer_categories_are_a_part_of_the_table() -> None:
    probe, held = classifier_probe(), noise(12, SIZE, (20, 28))
    every = dissect(probe, ["deep"], held, Settings(quantile=0.02)).layers["deep"]
    some = dissect(probe, ["deep"], held, Settings(quantile=0.02, categories=("scene", "object"))).layers["deep"]
    assert some.categories == ("object", "scene")
    columns = [every.concepts.index(concept) for concept in some.concepts]
    np.testing.assert_array_equal(some.intersection, every.intersection[:, columns])
    np.testing.assert_array_equal(some.activation, every.activation[:, [0, 2]])
    assert [verdict.bests["object"] for verdict in some.verdicts()] == [
        verdict.bests["object"] for verdict in every.verdicts()
    ]


def test_broken_pictures_and_labels_are_skipped_named_and_counted() -> None:
    probe, held, settings = classifier_probe(), noise(210, SIZE, (10, 14)), Settings(quantile=0.02)
    held.bad, held.bad_labels = frozenset({17}), frozenset({100})
    with pytest.warns(BrokenImageWarning, match="skipped ") as caught:
        result = dissect(probe, ["deep"], held, settings)
    assert sorted(str(warning.message).split(":")[0] for warning in caught) == ["skipped held/100", "skipped held/17"]
    assert result.broken == ("held/17", "held/100")
    assert result.scanned == 209
    _same(result.layers["deep"], _brute(probe, "deep", held, settings, skip=frozenset({100})))


def test_a_set_without_pictures_is_an_error() -> None:
    with pytest.raises(InputError, match="held holds no"):
        dissect(classifier_probe(), ["deep"], noise(0, SIZE, (10, 14)), Settings())


def test_a_category_that_the_set_does_not_have_is_refused_before_the_network_runs() -> None:
    held = noise(3, SIZE, (10, 14))
    held.bad = frozenset({0, 1, 2})
    with pytest.raises(InputError, match="held has no category 'objekt'; did you mean object"):
        dissect(classifier_probe(), ["deep"], held, Settings(categories=("objekt",)))
