"""Pictures for an ablation, and what each of them is called in the data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.ablation.request import SCENES, SCENES_COUNT, AblationRequest
from visualize.methods.concept_words import spoken
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.labelled import Labelled
from visualize.transfers.sources.films import films

if TYPE_CHECKING:
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.transfers.labelling import Labelling
    from visualize.watch import Watch

_KIND = "scene"  # the category of labels that hold for a whole picture
_WHOLE = Preparation((224, 224), None)


@dataclass(frozen=True, eq=False)
class Named:
    """Pictures, and what each is called in the data.

    Args:
        images: the pictures.
        names: of each picture; "" where it has none. Empty where the data have no names.
        groups: of each picture; those of one group are never in both halves. Empty where each stands by itself.
        notes: sentences on how the data were understood.
    """

    images: Images
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def open_named(request: AblationRequest, watch: Watch) -> Named:
    """Open the pictures of an ablation with their names, if they have some.

    Args:
        request: the ablation.
        watch: shows how far opening and reading labels have come.

    Raises:
        InputError: there are no such data, or they cannot be used.
    """
    where = request.data
    if not isinstance(where, str | Path):
        return _of_images(where, watch)
    if isinstance(where, str) and not where.strip():
        raise InputError("the name of the pictures is empty; give a folder, or scenes for the built-in ones")
    from visualize.transfers.data import named_classes

    with watch("opening the pictures") as progress:
        labelling = named_classes(where)
        images = _opened(where, request, progress) if labelling is None else labelling.images
    return _drawn(_of_images(images, watch) if labelling is None else _of_labelling(labelling), request)


def _opened(where: str | Path, request: AblationRequest, progress: Progress) -> Images:
    """A probe set with its labels if it has some; of the built-in scenes as many as are asked for."""
    from visualize.data.open import open_any, open_labelled

    if where == SCENES:
        return open_labelled(where, count=request.count or SCENES_COUNT, seed=request.seed, progress=progress)
    return open_any(where, progress=progress)


def _of_labelling(labelling: Labelling) -> Named:
    if labelling.several:
        return Named(labelling.images, groups=labelling.groups, notes=labelling.notes)
    best = labelling.labels.argmax(1)
    names = tuple(labelling.classes[place] for place in best)
    return Named(labelling.images, names, labelling.groups, labelling.notes)


def _of_images(images: Images, watch: Watch) -> Named:
    groups, said = films(images.file(index) for index in range(len(images)))
    notes = (said,) if said else ()
    if not isinstance(images, Labelled) or _KIND not in images.categories:
        return Named(images, (), groups, notes)
    narrow = getattr(images, "only", None)
    labelled = images if narrow is None else narrow([_KIND])
    with watch("reading labels") as progress:
        names = _kinds(labelled, progress)
    return Named(images, names if any(names) else (), groups, notes)


def _kinds(labelled: Labelled, progress: Progress) -> tuple[str, ...]:
    """The label of each picture that holds for the whole of it; "" where it has none or several."""
    called = {concept.number: spoken(_KIND, concept.name).removesuffix(f" ({_KIND})") for concept in labelled.concepts}
    names = []
    for index in range(len(labelled)):
        try:
            labels = list(labelled.labels(index, _WHOLE).get(_KIND, ()))
        except BrokenImage:
            labels = []
        whole = labels[0] if len(labels) == 1 else None
        names.append(called.get(whole, "") if isinstance(whole, int) else "")
        progress(index + 1, len(labelled))
    return tuple(names)


def _drawn(named: Named, request: AblationRequest) -> Named:
    """Some of the pictures, as many as are asked for."""
    from visualize.data.sets.sampling import drawn
    from visualize.methods.pictures.images import Subset

    places = tuple(drawn(len(named.images), request.count, request.seed))
    if len(places) == len(named.images):
        return named
    names = tuple(named.names[place] for place in places) if named.names else ()
    groups = tuple(named.groups[place] for place in places) if named.groups else ()
    return Named(Subset(named.images, places), names, groups, named.notes)
