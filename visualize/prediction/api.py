"""The classes of photographs in one call, from Python."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from visualize.cards.resolve import last_map
from visualize.cards.unit_lists import targets
from visualize.data import open_images
from visualize.data.sets.given_pictures import open_given
from visualize.keywords import spelled_out
from visualize.methods.errors import InputError
from visualize.models.class_names import class_names, outdoor_classes
from visualize.models.device import AUTO
from visualize.models.loading import load_watched
from visualize.models.overrides import Stated
from visualize.models.registry import entry_of
from visualize.models.trust import trusting
from visualize.notebook import usual
from visualize.prediction import prediction as predictions
from visualize.prediction.figure import prediction_figure
from visualize.prediction.prediction import Prediction
from visualize.store.picture_records import open_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.cards.request import Pictures
    from visualize.cards.unit_lists import Wanted
    from visualize.figures.figure import Figure
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.provenance import Json
    from visualize.methods.unit import Target
    from visualize.models.model_entry import ModelEntry
    from visualize.models.products import Given
    from visualize.watch import Watch

RECORDS = "predict"
"""Kind of the records that are kept of photographs."""


@dataclass(frozen=True, eq=False, repr=False)
class PredictionCard(Prediction):
    """A prediction as a card, which displays itself in a notebook.

    Args:
        model: the network's name.

    Example:
        >>> import visualize as viz
        >>> (card,) = viz.predict("random/scenes-alexnet", viz.open_images("scenes", count=1), top=2)
        >>> len(card.categories)
        2
        >>> card.save("card.png").name
        'card.png'
    """

    model: str = ""

    def __repr__(self) -> str:
        """Photograph, model and the best class, in one line."""
        best = self.categories[0]
        return f"<{type(self).__name__} of {self.file} by {self.model}: {best.name}, {best.probability:.3f}>"

    @cached_property
    def figure(self) -> Figure:
        """The photograph, where the best class was seen in it, and the classes with their bars."""
        return prediction_figure(self, self.model)

    def document(self, figure: str | Path | None = None) -> dict[str, Json]:
        """The numbers, ready for JSON: what ``viz predict --json`` prints.

        Args:
            figure: where the figure was saved.
        """
        return {"model": self.model, **super().document(), "figure": None if figure is None else str(figure)}

    def save(self, path: str | Path) -> Path:
        """Write the figure, whole or not at all; folders on the way are made.

        Args:
            path: a file that ends in ``.png``, ``.pdf`` or ``.svg``.

        Raises:
            InputError: the name ends in something else.
            OSError: it cannot be written.
        """
        return self.figure.save(path)

    def _repr_png_(self) -> bytes:
        return self.figure._repr_png_()


@spelled_out(Stated, elsewhere={"image": "images", "data": "images", "units": "without", "unit": "without"})
def predict(  # noqa: PLR0913 (a network and photographs, and how, by keyword)
    model: str | Path | Given,
    images: Pictures,
    *,
    top: int = predictions.TOP,
    without: Wanted | Sequence[Wanted] | None = None,
    device: str = AUTO,
    weights: str | Path | None = None,
    trust: bool = False,
    cache: bool | None = True,
    watch: Watch | None = None,
    **stated: Unpack[Stated],
) -> list[PredictionCard]:
    """Tell the classes of photographs, as ``viz predict`` does.

    Args:
        model: a model's name or a network, as for :func:`visualize.unit`.
        images: a photograph or several: files, pictures of Pillow, arrays, tensors, a folder or a probe set, as
            :func:`visualize.unit` takes them.
        top: how many classes to give of each.
        without: units of one layer to switch off (their activation is 0 everywhere), as ``"conv5:2,7"``, numbers of the
            layer that cards show, or :class:`visualize.methods.Unit`; what each photograph is called then is told too.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``; a network that is passed stays where
            it is.
        weights: a weights file instead of the model's own, or ``"FILE:KEY"``.
        trust: let the code run that comes with a model, as :func:`visualize.load` takes it.
        cache: take evidence from the cache where it lies there, and keep what is made; False or None makes all anew.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        stated: facts of the network in place of those that are known of it: ``size``, ``mean``, ``std``, ``order``,
            ``prepare`` and ``classes``.

    Returns:
        a card for each photograph, in order, which displays itself in a notebook.

    Raises:
        InputError: one of these cannot be used, or the network tells no classes apart; the message says what to do.

    Example:
        >>> import visualize as viz
        >>> scenes = viz.open_images("scenes", count=2)
        >>> first, second = predict("random/scenes-alexnet", scenes, without="conv5:2")
        >>> first.without.name
        'conv5:2'
    """
    shown = watch or usual()
    entry = entry_of(str(model)) if isinstance(model, str | Path) else None
    require_classes(entry)
    photographs = _opened(images)
    with trusting(yes=trust):
        probe = load_watched(model, shown, device=device, weights=weights, **stated)
    kept = open_records(RECORDS, probe, loaded=entry is not None and entry.is_ours) if cache else None
    off = () if without is None else switched_off(without, probe, entry)
    with shown("looking at the photographs") as progress:
        names = probe.classes or (class_names(entry, None, online=True) if entry else ())
        outdoor = outdoor_classes(entry, online=True) if entry else ()
        made = predictions.predict(
            probe, photographs, top=top, outdoor=outdoor, names=names, progress=progress, kept=kept, without=off
        )
    return [_card(prediction, probe.identity.name) for prediction in made]


def require_classes(entry: ModelEntry | None) -> None:
    """Refuse a network that is known to tell no classes apart.

    Raises:
        InputError: it was trained without labels.
    """
    if entry is not None and entry.task == "self-supervised":
        raise InputError(
            f"{entry.name} was trained without labels and tells no classes apart; viz models lists classifiers"
        )


def switched_off(without: Wanted | Sequence[Wanted], probe: Probe, entry: ModelEntry | None) -> list[Target]:
    """The units that are to be switched off, by default of the layer that cards show.

    Raises:
        UnitError: they have another form, or there is no such layer or unit.
    """
    return targets(without, (entry.default_layer if entry else "") or last_map(probe), probe)


def _opened(images: Pictures) -> Images:
    named = isinstance(images, str | Path) and not Path(images).expanduser().is_file()
    return open_images(images) if named and isinstance(images, str | Path) else open_given(images)


def _card(prediction: Prediction, model: str) -> PredictionCard:
    return PredictionCard(**{item.name: getattr(prediction, item.name) for item in fields(prediction)}, model=model)
