"""The classes of a photograph with their probabilities, as the Places demo gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from visualize.methods.errors import InputError, UnitError
from visualize.methods.plain_state import plain_state
from visualize.prediction.category import Category
from visualize.prediction.class_activation_map import NO_MAP, ActivationMap, NoMapError, activation_map
from visualize.prediction.without import SwitchedOff, Without

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.examination.examination import Scale
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Json
    from visualize.methods.unit import Target


TOP = 5
INDOOR, OUTDOOR = "indoor", "outdoor"
VOTERS = 10
SINGLE = "the network has one output: its sigmoid is shown, a probability if it was trained to tell two classes apart"
_PROBABILITIES: Mapping[Scale, Callable[[torch.Tensor], torch.Tensor]] = {
    "logits": lambda values: values.softmax(0),
    "log-probabilities": torch.exp,
    "probabilities": lambda values: values,
    "separate probabilities": lambda values: values,
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that a network has to say of a photograph.

    Args:
        scores: the probability of every class, float64.
        map: where the evidence for the best class lies; None where the class depends on no layer with a map.
    """

    scores: NDArray[np.float64]
    map: ActivationMap | None

    @property
    def order(self) -> NDArray[np.int64]:
        """Classes, the likeliest first; of equals, the one with the lower number."""
        return np.argsort(-self.scores, kind="stable")


class Kept(Protocol):
    """Evidence that is kept from call to call, by the photograph as the network sees it."""

    def read(self, picture: Picture) -> tuple[Evidence, float] | None:
        """The evidence of a photograph, and when it was made, in seconds since 1970; None if it is not there."""

    def write(self, picture: Picture, record: Evidence) -> None:
        """Keep the evidence of a photograph."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Classes that a network gives a photograph, and where the evidence for the best of them lies.

    Args:
        file: the photograph's name.
        picture: the photograph as the network saw it, H x W x 3, RGB, uint8.
        categories: the likeliest classes, the best first.
        kind: "indoor" or "outdoor" as the labels of the best ten classes vote; None for a network of other classes.
        outdoor_votes: how many of the ten say outdoor; None for a network of other classes.
        map: where the evidence for the best class lies; None where it depends on no layer with a map, as a note says.
        scale: what the network's output holds, of which the probabilities were made.
        notes: what a reader must know of the network.
        preparation: how the photograph became the network's input.
        made: when that was found out, in seconds since 1970, if it was kept from before.
        without: the classes when some units are switched off, if that was asked for.
    """

    file: str
    picture: Picture
    categories: tuple[Category, ...]
    kind: str | None
    outdoor_votes: int | None
    map: ActivationMap | None
    scale: Scale = "logits"
    notes: tuple[str, ...] = ()
    preparation: Preparation | None = None
    made: float | None = None
    without: Without | None = None

    def document(self) -> dict[str, Json]:
        """The prediction without the pixels, ready for JSON; ``notes`` and ``without`` only where there are any."""
        return {
            "file": self.file,
            "type": None
            if self.kind is None
            else {"name": self.kind, "outdoor_votes": self.outdoor_votes, "of": VOTERS},
            "categories": [category.document() for category in self.categories],
            "map": None if self.map is None else self.map.document(),
            "scale": self.scale,
            "preparation": None if self.preparation is None else self.preparation.document(),
            **({} if self.without is None else {"without": self.without.document()}),
            **({"notes": list(self.notes)} if self.notes else {}),
        }


@plain_state()
def predict(  # noqa: PLR0913 (a network and photographs, and how, by keyword)
    probe: Probe,
    images: Images,
    *,
    top: int = TOP,
    outdoor: Sequence[bool] = (),
    names: Sequence[str] = (),
    progress: Progress | None = None,
    kept: Kept | None = None,
    without: Sequence[Target] = (),
) -> list[Prediction]:
    """Tell the classes of some photographs.

    Args:
        probe: a classifier, whose outputs become probabilities by softmax (a single one by sigmoid) unless it gives
            these itself.
        images: the photographs.
        top: how many classes to give of each.
        outdoor: for each class whether its scenes lie outdoors; empty leaves indoor or outdoor undecided.
        names: the classes' names, where the probe does not know them.
        progress: told how many photographs of how many are done.
        kept: evidence from before, which is not made again; what is made is kept there.
        without: units of one layer; what the photograph is called when they are switched off, their activation 0
            everywhere, is told too.

    Returns:
        one prediction for each photograph, in order.

    Raises:
        InputError: the network has no classes, ``top`` is below 1, or the units cannot be switched off.
        UnitError: one of the units does not exist.
        BrokenImage: a photograph cannot be read.
    """
    if top < 1:
        raise InputError(f"{top} classes cannot be shown; ask for 1 or more")
    predictions, known = [], (outdoor, probe.classes or names)
    off = SwitchedOff(probe, without) if without else None
    for index in range(len(images)):
        picture = images.load(index, probe.prepare)
        evidence, made = _evidence(probe, picture, kept)
        prediction = _prediction(probe, picture, evidence, images.file(index), top, known)
        less = None if off is None else _without(off, picture, prediction, known[1])
        predictions.append(replace(prediction, made=made, without=less))
        if progress is not None:
            progress(index + 1, len(images))
    return predictions


def environment(best: Sequence[int], outdoor: Sequence[bool]) -> tuple[str, int]:
    """Indoor or outdoor, and the votes for outdoor, by the labels of the best ten classes (Zhou et al. 2017, demo).

    Each votes alike, whatever its probability; five to five is outdoor, as in the demo, which asks whether the mean of
    zeros and ones is below one half.

    Args:
        best: the classes, the likeliest first; the first ten vote.
        outdoor: for each class whether its scenes lie outdoors.
    """
    votes = [outdoor[index] for index in best[:VOTERS]]
    count = sum(votes)
    return (INDOOR if 2 * count < len(votes) else OUTDOOR), count


def _evidence(probe: Probe, picture: Picture, kept: Kept | None) -> tuple[Evidence, float | None]:
    """Evidence of a photograph, from before (and when that was) or made now."""
    before = None if kept is None else kept.read(picture)
    if before is not None:
        return before
    pictures = _batch(picture)
    scores = class_scores(probe, pictures.to(probe.device))
    try:
        where = activation_map(probe, pictures, int(np.argmax(scores)))
    except NoMapError:
        where = None
    evidence = Evidence(scores, where)
    if kept is not None:
        kept.write(picture, evidence)
    return evidence, None


def _prediction(
    probe: Probe,
    picture: Picture,
    evidence: Evidence,
    file: str,
    top: int,
    known: tuple[Sequence[bool], Sequence[str]],
) -> Prediction:
    """The prediction for one photograph; ``known``: which classes are outdoors, and the classes' names."""
    outdoor, names = known
    scores, order = evidence.scores, evidence.order
    categories = _categories(scores, order[:top].tolist(), names)
    kind, votes = environment(order.tolist(), outdoor) if len(outdoor) == len(scores) else (None, None)
    scale = _output(probe)[1]
    single = (SINGLE,) if len(scores) == 1 and scale == "logits" else ()
    notes = (*probe.examination.notes, *single, *((NO_MAP,) if evidence.map is None else ()))
    return Prediction(file, picture, categories, kind, votes, evidence.map, scale, notes, probe.prepare)


def _categories(scores: NDArray[np.float64], order: Sequence[int], names: Sequence[str]) -> tuple[Category, ...]:
    """Some classes with their probabilities, by their names where these are known."""
    known = len(names) == len(scores)
    return tuple(Category(index, names[index] if known else f"class {index}", float(scores[index])) for index in order)


def _without(off: SwitchedOff, picture: Picture, prediction: Prediction, names: Sequence[str]) -> Without:
    """Classes of a photograph without some units, beside those that it has with them."""
    scores = off.scores(_batch(picture))
    same = [category.index for category in prediction.categories]
    likeliest = Evidence(scores, None).order[: len(same)].tolist()
    return Without(off.layer, off.units, *(_categories(scores, some, names) for some in (same, likeliest)))


def _batch(picture: Picture) -> torch.Tensor:
    """A picture as networks take it: 1 x 3 x H x W, RGB in 0..1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255


def _output(probe: Probe) -> tuple[str, Scale]:
    """The layer of a network's output, and what its numbers are."""
    try:
        layer = probe.output.name
    except UnitError as fault:
        raise InputError(f"viz predict needs a classifier: {fault}") from fault
    output = probe.examination.output
    return layer, "logits" if output is None else output.scale


@plain_state()
def class_scores(probe: Probe, pictures: torch.Tensor) -> NDArray[np.float64]:
    """Probabilities of a picture's classes, by softmax where the network gives logits, by sigmoid where it gives one.

    Args:
        probe: the classifier.
        pictures: 1 x 3 x H x W, RGB in 0..1.

    Raises:
        InputError: the network has no output, or one with a map: it tells no classes apart.
    """
    last, scale = _output(probe)
    with torch.no_grad():
        values = probe.activations(pictures, [last])[last]
    if values.shape[2:] != (1, 1):
        raise InputError(
            f"the network ends in {last} with {values.shape[1]} units on a map of {values.shape[2]} x "
            f"{values.shape[3]}; viz predict needs a classifier"
        )
    single = values.shape[1] == 1 and scale == "logits"  # whose softmax would always be 1
    probabilities = torch.sigmoid if single else _PROBABILITIES[scale]
    scores: NDArray[np.float64] = probabilities(values[0, :, 0, 0].double()).cpu().numpy()
    if not np.isfinite(scores).all():
        raise InputError("the network's outputs are infinite or undefined for this picture")
    return scores
