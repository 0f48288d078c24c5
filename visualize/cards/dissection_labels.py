"""Names of units by finished dissections, which are looked for where ``viz dissect`` leaves them, and near by."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.dissection.at_hand import Finished, finished
from visualize.dissection.concept_names import plain
from visualize.methods.concept_words import spoken
from visualize.methods.errors import InputError
from visualize.methods.result import UnitName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.dissection.kept_tests import KeptTests
    from visualize.dissection.verification import Verification
    from visualize.methods.dissection.certainty import Certainty
    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.dissection.held_out import Prediction
    from visualize.methods.dissection.scores import LayerScores, Verdict
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Concept, Labelled
    from visualize.methods.provenance import Json
    from visualize.methods.result import Result
    from visualize.methods.unit import Unit


@dataclass(frozen=True, eq=False)
class Named:
    """The name that a dissection gives to a unit.

    Args:
        name: the unit's best concept.
        out: the dissection's folder; None for one just made.
        origin: the dissection, and what the sizes of mask and concept allow; None for one just made.
    """

    name: UnitName
    out: Path | None = None
    origin: Origin | None = None

    @property
    def headline(self) -> str:
        """Name and IoU, such as ``"car, IoU 0.13"``; for a unit that is no detector, those of the nearest concept."""
        return self.name.headline

    def facts(self) -> dict[str, Json]:
        """The name for JSON: label, category, iou, detector, folder (null for a dissection just made).

        Of one at hand also what :meth:`Origin.facts` says.
        """
        return {
            "label": self.name.label,
            "category": self.name.category,
            "iou": self.name.iou,
            "detector": self.name.detector,
            "folder": None if self.out is None else str(self.out),
            **({} if self.origin is None else self.origin.facts()),
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on where the name comes from, and what the IoU could be; none for a dissection just made."""
        return () if self.origin is None else self.origin.notes(spoken(self.name.category, self.name.label))


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a unit's name comes from.

    Args:
        held: the dissection.
        ceiling: largest IoU that the unit's mask can have with the concept, by the sizes of both; None without one.
        chance: IoU that it has when it lies anywhere; None if the table does not say how large label maps are.
        out_of_reach: whether no unit of the layer can pass the cut, for the concept's size alone.
        formula: the unit's best name of several concepts, with its IoU; empty where none was looked for.
        formulas: sentences on that name, and on those of the unit's ranges of activation.
        certainty: how sure the name is; None where that was not measured.
        resamples: how many resamples that was told from.
        half: how the unit's name did on the half that had no say in it; None where that was not tested.
        scenes: how it did on scenes drawn with the concept and without it; None where that was not tested.
    """

    held: Finished
    ceiling: float | None = None
    chance: float | None = None
    out_of_reach: bool = False
    formula: str = ""
    formulas: tuple[str, ...] = ()
    certainty: Certainty | None = None
    resamples: int = 0
    half: Prediction | None = None
    scenes: Verification | None = None

    def facts(self) -> dict[str, Json]:
        """The dissection for JSON: set, quantile, cut, ceiling, chance, out_of_reach, formula, certainty, tests."""
        return {
            "set": self.held.data,
            "quantile": self.held.quantile,
            "cut": self.held.cut,
            "ceiling": self.ceiling,
            "chance": self.chance,
            "out_of_reach": self.out_of_reach,
            "formula": self.formula or None,
            "certainty": None if self.certainty is None else self.certainty.facts(),
            "other_half": None if self.half is None else self.half.facts(),
            "drawn_with_and_without": None if self.scenes is None else self.scenes.facts(),
        }

    def notes(self, label: str) -> tuple[str, ...]:
        """Sentences that say which dissection gave a name, and what sizes alone allow."""
        pictures = self.held.content["scanned"]
        told = f"Named by {self.held.folder}: {self.held.data}, {pictures} pictures, quantile {self.held.quantile:g}"
        if self.ceiling is None:
            return (f"{told}.", *self.formulas)
        chance = "" if self.chance is None else f" and has {self.chance:.3g} by chance"
        beyond = f"; no unit here can pass {self.held.cut:g}" if self.out_of_reach else ""
        limit = f"reaches an IoU of {self.ceiling:.3g} with {label} at most{chance}{beyond}"
        sure = () if self.certainty is None else (f"{self.certainty.told(label, self.resamples)}.",)
        texts = [item.told for item in (self.half, self.scenes) if item is not None]
        tests = tuple(f"{text[:1].upper()}{text[1:]}." for text in texts if text)
        return (f"{told}. A mask of this size {limit}.", *sure, *tests, *self.formulas)


@dataclass(frozen=True, eq=False)
class Names:
    """The names that one dissection gives to the units of a layer.

    Args:
        held: the dissection.
        layer: the layer's name in the network.
        labelled: the probe set, as a whole.
    """

    held: Finished
    layer: str
    labelled: Labelled

    @functools.cached_property
    def _scores(self) -> LayerScores:
        from visualize.dissection import read_scores

        return read_scores(self.held.folder, self.layer)

    @functools.cached_property
    def _verdicts(self) -> list[Verdict]:
        return self._scores.verdicts()

    def named(self, unit: Unit) -> Named:
        """The name of a unit of the layer."""
        verdict = self._verdicts[unit.index]
        sure = verdict.certainty
        name = UnitName(
            label=verdict.label,
            category=verdict.category,
            iou=verdict.iou,
            cut=self.held.cut,
            interval=None if sure is None else (sure.low, sure.high),
        )
        return Named(name, self.held.folder, self._origin(unit, verdict))

    def _origin(self, unit: Unit, verdict: Verdict) -> Origin:
        from visualize.dissection.finding import Sizes, columns

        place = columns(self._scores).get((verdict.category, plain(verdict.category, verdict.label)))
        formula, formulas = self._formula(unit), self._formulas(unit)
        if place is None:
            return Origin(self.held, formula=formula, formulas=formulas)
        sure = self._scores.sure
        sizes = Sizes.of(self._scores, place, self.held.quantile, self.held.cut)
        chance = None if sizes.chance is None else float(sizes.chance[unit.index])
        half, scenes = (None, None) if self._tests is None else self._tests.of(unit.index)
        return Origin(
            self.held,
            float(sizes.ceiling[unit.index]),
            chance,
            out_of_reach=bool(sizes.out_of_reach),
            formula=formula,
            formulas=formulas,
            certainty=verdict.certainty,
            resamples=0 if sure is None else sure.resamples,
            half=half,
            scenes=scenes,
        )

    def _formula(self, unit: Unit) -> str:
        from visualize.dissection.formulas import words

        composition = self._composition
        best = None if composition is None else composition.best[unit.index]
        return "" if best is None or composition is None else f"{words(best, composition.concepts)}, IoU {best.iou:.3g}"

    def _formulas(self, unit: Unit) -> tuple[str, ...]:
        from visualize.dissection.formulas import sentences

        return () if self._composition is None else sentences(self._composition, unit.index)

    @functools.cached_property
    def _tests(self) -> KeptTests | None:
        from visualize.dissection.kept_tests import read_tests

        return read_tests(self.held.folder, self.layer)

    @functools.cached_property
    def _composition(self) -> Composition | None:
        from visualize.dissection.formulas import read_formulas

        return read_formulas(self.held.folder, self.layer)

    def marked(self, unit: Unit, results: Mapping[str, Result]) -> dict[str, Result]:
        """Results whose pictures show where the unit's concept is labelled, if the unit detects one."""
        name = self.named(unit).name
        if not name.detector:
            return dict(results)
        return self.marking(name.category, name.label, results)

    def marking(self, category: str, label: str, results: Mapping[str, Result]) -> dict[str, Result]:
        """Results whose pictures show where a concept is labelled; unchanged if the dissection does not know it.

        Args:
            category: of the concept.
            label: the concept's name, with or without the letter that Broden adds to it.
            results: by method.
        """
        alike = (item for item in self._scores.concepts if item.category == category)
        concept = next((item for item in alike if label in {item.name, plain(category, item.name)}), None)
        if concept is None:
            return dict(results)
        masks = functools.partial(self._masks, concept)
        return {
            method: result.with_concept(spoken(category, concept.name), masks) for method, result in results.items()
        }

    def _masks(self, concept: Concept, preparation: Preparation, files: Sequence[str]) -> list[NDArray[np.bool_]]:
        """Masks of a concept in pictures, by the names of their files; KeyError for a picture without labels."""
        return [self._mask(concept, preparation, self._places[file]) for file in files]

    def _mask(self, concept: Concept, preparation: Preparation, place: int) -> NDArray[np.bool_]:
        mask = np.zeros(self.labelled.label_shape(preparation), np.bool_)
        for label_map in self.labelled.labels(place, preparation).get(concept.category, ()):
            mask |= np.asarray(label_map) == concept.number
        return mask

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {self.labelled.file(index): index for index in range(len(self.labelled))}


def names(model: str, probe: Probe, layers: Sequence[str], images: str | Path | None) -> dict[str, Names]:
    """Names of a network's units by the dissections at hand on a probe set, by layer; of several, by the newest.

    At hand are those in ``viz-out/MODEL/dissect``, in the working folder and in the folders that lie in it.

    Args:
        model: the model's name.
        probe: the network; a dissection of other weights is left aside.
        layers: the layers whose units are looked at, by their names in the network.
        images: the probe set as it was asked for; None has no names.
    """
    by_layer: dict[str, Names] = {}
    if images is None:
        return by_layer
    opened = functools.cache(functools.partial(_labelled, images))
    for item in finished(model):
        held = item.content
        if item.turned or not item.is_of(probe) or not any(layer in held["layers"] for layer in layers):
            continue
        colours, count, seed = _drawn(held["source"] or {})
        labelled = opened(colours, count, seed)
        if labelled is None or held["set"]["fingerprint"] != labelled.fingerprint:
            continue
        labelled = (opened(colours, None, 0) if count is not None else None) or labelled  # any picture may be shown
        for layer in layers:
            if layer in held["layers"]:
                by_layer.setdefault(layer, Names(item, layer, labelled))
    return by_layer


def _drawn(source: Mapping[str, Any]) -> tuple[bool | str, int | None, int]:
    """Colours, count and seed by which the pictures of a dissection were drawn."""
    return source.get("colours", False), source.get("count"), source.get("seed", 0)


def _labelled(images: str | Path, colours: bool | str, count: int | None, seed: int) -> Labelled | None:  # noqa: FBT001 (as :func:`open_labelled` takes them)
    """The probe set as a dissection had it; None if it cannot be opened."""
    from visualize.data import open_labelled

    try:
        return open_labelled(images, colours=colours, count=count, seed=seed)
    except InputError:
        return None
