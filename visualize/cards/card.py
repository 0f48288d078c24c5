"""A unit's card: everything that was found out about the unit, as a figure, as numbers and as files."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cards.destination import check_out
from visualize.cards.unit_lists import label, layer_of
from visualize.files import PNG, safe, save_arrays, save_bytes
from visualize.methods.drawing.row import png
from visualize.methods.provenance import versions_in_use
from visualize.methods.unit import Target, Unit

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from PIL import Image

    from visualize.cards.dissection_labels import Named
    from visualize.figures import About, Section
    from visualize.figures.boxes import Block
    from visualize.methods.method import Method
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.provenance import Identity, Json
    from visualize.methods.result import Result
    from visualize.people.consensus import PeopleName


@dataclass(frozen=True, kw_only=True, eq=False)
class Card:
    """A unit's card, which displays itself in a notebook.

    Args:
        unit: the unit, sum of units or position that was looked at, under the layer's name as it was asked for.
        results: by method name, in the order in which they are drawn.
        about: what the figure says of the unit besides the results; its ``notes`` say which methods were left out, and
            why.
        model: the network's name and the SHA-256 of its weights.
        seed: of everything random.
        single: one picture was named to be explained, so that arrays hold it alone, without an axis for several.
        named: what a dissection calls the unit.
        kinds: the methods that the results come from, by name, for titles and explanations; by default those of the
            table of methods.
        preparation: of pictures for the network.
        kept: when the results were made that were kept from before (seconds since 1970), by method.
        people: what people call the unit.

    Example:
        >>> import visualize as viz
        >>> card = viz.unit("random/scenes-alexnet", "conv5", 3, methods=["ascent"], steps=2)
        >>> sorted(card.arrays)
        ['ascent.activations', 'ascent.curve', 'ascent.pictures']
        >>> card.save("card.png").name
        'card.png'
    """

    unit: Target
    results: Mapping[str, Result]
    about: About
    model: Identity
    seed: int
    single: bool = False
    named: Named | None = None
    kinds: Mapping[str, type[Method]] | None = None
    preparation: Preparation | None = None
    kept: Mapping[str, float] = field(default_factory=dict)
    people: PeopleName | None = None

    def __repr__(self) -> str:
        """Unit, model and methods, in one line."""
        shown = ", ".join(self.results)
        return f"<{type(self).__name__} of {self.unit} in {self.model.name}: {shown}>"

    def frame(self) -> Any:  # noqa: ANN401 (pandas is optional)
        """The numbers as a table of pandas: the rows of every result, with the method's name.

        Raises:
            InputError: pandas is not installed.
        """
        from visualize.methods.frames import frame, rows

        table = ({"method": name, **row} for name, result in self.results.items() for row in rows(result.facts()))
        return frame(list(table))

    @property
    def stem(self) -> str:
        """Name of the card's files, without the ending: ``"79"``, ``"79@6,6"``, ``"3+7"``."""
        return label(self.unit)

    @functools.cached_property
    def figure(self) -> Image.Image:
        """The card as an RGB picture."""
        from visualize.figures import unit_card

        return unit_card(self.sections, self.about)

    @functools.cached_property
    def sections(self) -> tuple[Section, ...]:
        """Sections of the figures, made once: a result may have to read its photographs again for them."""
        from visualize.figures import sections

        return sections(self.results.values(), methods=self.kinds)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The raw arrays of all results by ``METHOD.KEY``; each result's ``arrays`` says what a key holds.

        Arrays that hold one picture for each photograph (a result's ``per_picture``, such as ``attribution``) are
        3 x H x W of one picture that was named, of others n x 3 x H x W.
        """
        return {
            f"{name}.{key}": self._alone(result, key, array)
            for name, result in self.results.items()
            for key, array in result.arrays().items()
        }

    def _alone(self, result: Result, key: str, array: NDArray[Any]) -> NDArray[Any]:
        alone = self.single and key in result.per_picture and array.ndim == 4 and len(array) == 1
        return array[0] if alone else array

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for a reader of the numbers: which methods were left out and why, and the notes of the others."""
        notes = (*self.about.notes, *(note for result in self.results.values() for note in result.notes))
        return tuple(dict.fromkeys(notes))  # what is so of the network stands with every result

    def document(self, figure: str | Path | None = None) -> dict[str, Json]:
        """The numbers, ready for JSON: the command's ``--json``.

        Args:
            figure: where the figure was saved.

        Returns:
            ``model``, ``layer``, ``unit`` (a number, or text such as ``"3+7"`` for what is no whole unit), ``figure``,
            ``weights_sha256``, ``seed``, ``results`` by method, ``settings`` by method (all of each but the seed, with
            the ``batch`` that was taken), ``versions`` of the libraries that numbers depend on, ``preparation`` (how
            pictures become the network's input: its ``size``, ``resize``, ``order``, ``mean``, ``std`` and
            ``maximum``); and ``notes``, where there are any. A number that is not finite is null. A unit that stands
            for a class has its name as ``class``, and one that a dissection names has as ``named`` its ``label``,
            ``category``, ``iou``, whether it is a ``detector``, and the dissection's ``folder`` (null for one just
            made); of one at hand also ``set``, ``quantile``, ``cut``, ``ceiling``, ``chance`` and ``out_of_reach``. One
            that people named has as ``people`` the ``word``, the ``kind``, how many are ``agreeing`` of how many
            ``people``, and the ``precision``.
        """
        whole_unit = isinstance(self.unit, Unit) and self.unit.position is None
        notes = list(self.notes)
        document: dict[str, Json] = {
            "model": self.model.name,
            "layer": layer_of(self.unit),
            "unit": self.unit.index if isinstance(self.unit, Unit) and whole_unit else label(self.unit),
            "figure": None if figure is None else str(figure),
            "weights_sha256": self.model.weights_sha256,
            "seed": self.seed,
            "results": {name: finite(result.facts()) for name, result in self.results.items()},
            "settings": {name: _settings(result) for name, result in self.results.items()},
            "versions": dict(versions_in_use()),
            "preparation": None if self.preparation is None else self.preparation.document(),
        }
        more: dict[str, Json] = {"class": self.about.name} if self.about.name else {}
        if self.named is not None:
            more["named"] = finite(self.named.facts())
        if self.people is not None:
            more["people"] = dataclasses.asdict(self.people)
        return {**document, **more, **({"notes": notes} if notes else {})}

    def block(self, *, bare: bool = False) -> Block:
        """The figure before it is drawn: every text and picture at its place.

        Args:
            bare: the pictures alone, a row for each way of looking, without a word: a strip for slides.
        """
        from visualize.figures import card_block, strip_block

        return strip_block(self.sections) if bare else card_block(self.sections, self.about)

    def save(self, path: str | Path, *, arrays: bool = False, bare: bool = False) -> Path:
        """Write the figure, whole or not at all; folders on the way are made.

        Args:
            path: a file that ends in ``.png``, ``.pdf`` or ``.svg``, or a folder, in which the file is called as
                :attr:`stem` says. In PDF and SVG, texts can be selected and searched.
            arrays: also write ``arrays`` beside it, under the same name with ``.npz``.
            bare: the pictures alone, as :meth:`block` has them.

        Returns:
            the path.

        Raises:
            InputError: the name ends in something else.
            OSError: it cannot be written.
        """
        from visualize.figures.formats import encoded

        ending = check_out(str(path))
        target = Path(path).expanduser()
        target = target if target.suffix.lower() == ending else target / f"{safe(self.stem)}{PNG}"
        if arrays:
            save_arrays(self.arrays, target.with_suffix(".npz"))
        save_bytes(encoded(self.block(bare=bare), ending), target)
        return target

    def _repr_png_(self) -> bytes:
        return png(self.figure)

    def _repr_html_(self) -> str:
        """The card for a notebook: small pictures, and texts that can be selected."""
        from visualize.pages.coding import coded, data_uri, scaled
        from visualize.pages.snippets import Figure, Part, snippet

        parts = [part for section in self.sections for part in section.parts]
        shown = [
            Part(
                title=part.title,
                explanation=part.explanation,
                pictures=tuple(map(Figure.of, part.panels)),
                legend=tuple((data_uri(coded(scaled(key.mark, 64), drawn=True)), key.words) for key in part.legend),
                notes=part.notes,
            )
            for part in parts
        ]
        lines = [line for line in (self.about.model, self.about.label) if line]
        notes = (*self.about.hints, *self.about.notes)
        return snippet(self.about.heading, lines=lines, facts=self.about.facts, sections=shown, notes=notes)


def finite(value: Json) -> Json:
    """A value ready for JSON, with None in place of every number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def _settings(result: Result) -> dict[str, Json]:
    """Settings that a result was made with, ready for JSON; what JSON has no form for as Python writes it."""
    return {name: _plain(value) for name, value in result.provenance.settings.items()}


def _plain(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return finite(value) if value is None or isinstance(value, bool | int | float | str) else repr(value)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Look(Card):
    """A :class:`Card` with the result of a single method, which displays itself in a notebook.

    Example:
        >>> import visualize as viz
        >>> look = viz.look("ascent", "random/scenes-alexnet", "conv5", 3, settings={"steps": 2, "count": 1})
        >>> look.method, look.result.pictures.shape
        ('ascent', torch.Size([1, 3, 128, 128]))
    """

    @property
    def method(self) -> str:
        """The method's name."""
        return next(iter(self.results))

    @property
    def result(self) -> Result:
        """The method's result."""
        return self.results[self.method]

    @property
    def stem(self) -> str:
        """Name of the files, without the ending: the unit and the method, such as ``"79-saliency"``."""
        return f"{super().stem}-{self.method}"

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The raw arrays of the result by their own keys, as the result's ``arrays`` says.

        Those that hold one picture for each photograph are 3 x H x W of one picture that was named.
        """
        before = len(f"{self.method}.")
        return {key[before:]: array for key, array in super().arrays.items()}
