"""A request: the units to look at, and how; checked as far as that goes without the network."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards.named_methods import MethodName, configured, in_order, kind_of, listed
from visualize.cards.unit_lists import Wanted, check_form
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.method import Method, Needs
from visualize.methods.registry import table
from visualize.methods.settings import settings as settings_of
from visualize.methods.settings import unused
from visualize.models.device import AUTO
from visualize.models.overrides import Stated, overrides
from visualize.models.weights_choice import require_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.data.sets.given_pictures import Dataset, Picture
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.worded import Similarities
    from visualize.methods.together import Batch
    from visualize.models.overrides import Classes
    from visualize.models.products import Given

    Pictures = str | Path | Images | Picture | Sequence[Picture] | Dataset

DEFAULT_MODEL = "scenes-alexnet"


class Common(Stated, total=False):
    """Keywords that every call from Python takes; :class:`Request` explains them."""

    image: Picture | Sequence[Picture] | None
    images: Pictures | None
    seed: int
    device: str
    weights: str | Path | None
    trust: bool
    cache: bool | None


class Shown(Common, total=False):
    """Keywords of calls that show several methods; :class:`Request` explains them."""

    methods: Sequence[MethodName] | None
    steps: int | None
    batch: Batch | None
    diverse: bool
    names: str | Path | None
    similarities: str | Path | Similarities | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """The units to look at, and how to look at them.

    Args:
        model: a model's name, ``package.module:function``, ``path/to/file.py:function``; or a network, as
            :func:`visualize.load` takes it: a ``torch.nn.Module``, (module, preparation) or a
            :class:`visualize.methods.Probe`.
        layer: its name or alias; by default that of the model's catalogue entry, else the last layer with a map.
        units: a number, text such as ``"3,79,100-104"``, ``"all"`` or ``"3+7"``, units, or several of these; by default
            that of the model's catalogue entry.
        images: ``"scenes"``, a folder, a probe set, or pictures as
            :func:`~visualize.data.sets.given_pictures.open_given` takes them (of Pillow, arrays, tensors, paths, a
            dataset of torch's); by default those of the model's catalogue entry.
        image: one or several pictures to look at instead: files, or pictures likewise.
        methods: their names, ``path/to/file.py:Class`` or ``package.module:Class``, or methods such as
            ``visualize.methods.Saliency()``; several also as one text, ``"top,saliency"``; by default
            all that a card shows and that can run with what is given.
        settings: of the one method that is named, beside its steps.
        alone: one method by itself rather than a card: a figure of its own name, arrays without its name.
        seed: of everything random.
        steps: of the methods that go step by step; None leaves them their own default.
        batch: pictures that the network is shown together, of the methods that say so: a number, or ``"auto"`` for as
            many as half of the memory holds; None leaves them their own number.
        diverse: leave near-duplicates out of the photographs that excite a unit most, as ``viz top --diverse`` does.
        names: a file of names that people gave, which cards then say: what ``viz annotate --export`` writes.
        similarities: of the pictures to words, for names in free text: an ``.npz`` file
            (:mod:`visualize.data.files.similarity_files`), or :class:`visualize.methods.Similarities`.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``; a probe stays where it is.
        weights: a weights file instead of the model's own, or ``"FILE:KEY"`` for one of several state dicts in it.
        trust: let the code run that comes with the model (torch.hub, TorchScript), as ``--trust`` does.
        size: of the network's input, pixels: 32, or (height, width); this and those that follow go before what is known
            of the network, as :func:`visualize.models.overrides.overrides` explains them.
        mean: taken off the pictures, in 0..1: one number, or one for each channel.
        std: by which they are then divided, likewise.
        order: ``"rgb"``, ``"bgr"`` or ``"grey"``.
        prepare: a whole :class:`visualize.methods.Preparation`, which the others change further.
        classes: names of the network's classes: a list, a dictionary by number, or a file.
        cache: take results from the cache where they lie there, and keep those that are made; False or None makes all
            anew and keeps none.

    Raises:
        InputError: one of these cannot be.
    """

    model: str | Path | Given = DEFAULT_MODEL
    layer: str | None = None
    units: Wanted | Sequence[Wanted] | None = None
    images: Pictures | None = None
    image: Picture | Sequence[Picture] | None = None
    methods: Sequence[MethodName] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    alone: bool = False
    seed: int = 0
    steps: int | None = None
    batch: Batch | None = None
    diverse: bool = False
    names: str | Path | None = None
    similarities: str | Path | Similarities | None = None
    device: str = AUTO
    weights: str | Path | None = None
    trust: bool = False
    size: int | str | Sequence[int] | None = None
    mean: float | str | Sequence[float] | None = None
    std: float | str | Sequence[float] | None = None
    order: str | None = None
    prepare: Preparation | None = None
    classes: Classes | None = None
    cache: bool | None = True

    def __post_init__(self) -> None:
        if isinstance(self.model, Path):
            object.__setattr__(self, "model", str(self.model))
        object.__setattr__(self, "methods", listed(self.methods))
        if self.units is not None:
            check_form(self.units)
        if not 0 <= self.seed < 2**32:
            raise InputError(f"a seed lies between 0 and {2**32 - 1}, not at {self.seed}")
        if self.steps is not None and self.steps < 1:
            raise InputError(f"{self.steps} steps cannot be taken; ask for 1 or more")
        if self.batch is not None and self.batch != "auto" and self.batch < 1:
            raise InputError(f"--batch is 1 or more pictures, or auto, not {self.batch}")
        if self.diverse and self.image is not None:
            raise InputError("--diverse chooses among the pictures of a set, and --image names them; leave it out")
        if self.image is not None and self.images is not None:
            raise InputError("pictures are given twice; give either --image FILE (one or several) or --images FOLDER")
        self._check_similarities()
        self._check_network()
        self._check_methods()

    def _check_similarities(self) -> None:
        if self.similarities is None:
            return
        if self.image is not None:
            raise InputError("similarities are of a whole set, and --image names single pictures; leave out one")
        if self.methods and all(kind_of(asked).needs is not Needs.WORDED for asked in self.methods):
            names = ", ".join(kind_of(asked).name for asked in self.methods)
            raise InputError(f"{names} looks at no similarities; leave them out, or add the method text")

    def _check_network(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)  # said when the network is opened
            overrides(**self.stated)
        if self.weights is not None:
            require_file(self.weights)
        if self.weights is not None and not isinstance(self.model, str):
            raise InputError("a network that is passed has its weights; give a weights file only with a model's name")

    def _check_methods(self) -> None:
        if self.methods is not None and not any(str(asked).strip() for asked in self.methods):
            raise InputError(f"no methods are named; the known ones are {', '.join(table())}")
        made = []
        for asked in self.methods or ():
            kind_of(asked)
            if self.alone:
                made.append(self._configured(asked))  # says what is wrong with a setting before any work
        self._check_effects([*made] or [self._configured(asked) for asked in self.methods or ()])

    def _check_effects(self, methods: Sequence[Method]) -> None:
        """Refuse what none of the methods that are named would look at.

        Raises:
            InputError: pictures, a layer, a count or diversity that are asked for have no effect.
        """
        if not methods:
            return
        names = ", ".join(method.name for method in methods)
        given = "--image" if self.image is not None else "--images" if self.images is not None and self.alone else ""
        if given and all(method.wants is Needs.NOTHING for method in methods):
            how = " with these settings" if any(method.needs is not Needs.NOTHING for method in methods) else ""
            raise InputError(f"{names} looks at no pictures{how}; leave out {given}")
        if self.diverse and not any(method.chooses or method.explains for method in methods):
            raise InputError(f"{names} chooses no pictures; leave out --diverse")
        for method in methods if self.alone else ():
            self._check_alone(method)

    def check_shared(self) -> None:
        """Refuse steps, or a batch, where no method that is named, and not made already, takes any.

        Raises:
            InputError: none does.
        """
        made = [self._configured(asked) for asked in self.methods or () if isinstance(asked, str)]
        for name, value in (("steps", self.steps), ("batch", self.batch)):
            if value is not None and self.methods and not any(_takes(method, name) for method in made):
                names = ", ".join(kind_of(asked).name for asked in self.methods)
                raise InputError(f"{names} takes no {name}; leave out --{name}")

    def _check_alone(self, method: Method) -> None:
        for item in settings_of(type(method)):
            for option in item.setting.instead_of if item.name in self.settings else ():
                given, listed = getattr(self, option, None), self.settings[item.name]
                if given is not None and given not in (listed if isinstance(listed, tuple | list) else [listed]):
                    raise InputError(
                        f"{item.flag} stands in place of --{option}, and does not name {given}; leave out one of them"
                    )
        count, files = self.settings.get("count"), [] if self.image is None else self.image
        several = len(files) if isinstance(files, list | tuple) else 1
        if self.image is not None and method.explains and count not in {None, several}:
            raise InputError(
                f"--count {count} chooses among the pictures of a set, and --image names {several}; leave it out"
            )

    @property
    def stated(self) -> Stated:
        """Facts of the network that the user states."""
        return {
            "size": self.size, "mean": self.mean, "std": self.std, "order": self.order, "prepare": self.prepare,
            "classes": self.classes,
        }  # fmt: skip

    @property
    def needs_labels(self) -> bool:
        """Whether a method that was named looks at labelled pictures."""
        labelled = {Needs.LABELLED} if self.similarities is not None else {Needs.LABELLED, Needs.WORDED}
        return any(kind_of(asked).needs in labelled for asked in self.methods or ())

    def chosen(self, images: Images | None) -> tuple[Method, ...]:
        """The methods to run, in the order of the table, with their settings.

        Args:
            images: the probe set, if there is one.

        Raises:
            InputError: a method that was named needs what is not there.
        """
        worded = self.similarities is not None
        usual = [name for name, kind in table().items() if kind.by_default or (worded and kind.needs is Needs.WORDED)]
        chosen = []
        for asked in in_order(self.methods or usual):
            method = self._configured(asked)
            if _can_run(method, images):
                chosen.append(method)
            elif self.methods is not None:
                raise InputError(_needed(type(method), images))
        return tuple(chosen)

    def choosing(self, count: int) -> Method:
        """The method that finds the pictures of a set that excite a unit most, for so many of them to be explained."""
        return self._configured(next(kind.name for kind in table().values() if kind.chooses)).counting(count)

    def _configured(self, asked: MethodName) -> Method:
        shared: dict[str, object] = {"seed": self.seed}
        if self.diverse:
            shared["diverse"] = True
        if self.steps is not None:
            shared["steps"] = self.steps
        if self.batch is not None:
            shared["batch"] = self.batch
        return configured(asked, shared, self.settings)


def _takes(method: Method, name: str) -> bool:
    """Whether a setting, such as the steps, has an effect on a method with the settings that it has."""
    return any(item.name == name for item in settings_of(type(method))) and unused(method, [name]) is None


def _can_run(method: Method, images: Images | None) -> bool:
    if method.wants not in {Needs.LABELLED, Needs.WORDED}:
        return method.wants is Needs.NOTHING or images is not None
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.pictures.worded import Worded

    return isinstance(images, Labelled) or (method.wants is Needs.WORDED and isinstance(images, Worded))


def _needed(kind: type[Method], images: Images | None) -> str:
    if kind.needs is Needs.WORDED:
        given = "no pictures are given" if images is None else f"{images.name} has neither"
        return f"{kind.name} needs {kind.needs.value}, and {given}; give --similarities FILE.npz, or a labelled set"
    if kind.needs is Needs.LABELLED:
        without = "" if images is None else f", and {images.name} has no labels"
        return f"{kind.name} needs {kind.needs.value}{without}; give a labelled probe set with --images FOLDER"
    single = "--image FILE or " if kind.explains else ""
    return f"{kind.name} needs {kind.needs.value}; add {single}--images FOLDER (images= in Python)"
