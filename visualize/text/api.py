"""Naming the units of whole layers in free text, in one call."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cards.inspection import begin
from visualize.cards.request import Request
from visualize.keywords import spelled_out
from visualize.methods.errors import InputError
from visualize.methods.pictures.worded import Similarities, worded
from visualize.methods.plain_state import plain_state
from visualize.models.overrides import Stated, gathered
from visualize.models.trust import trusting
from visualize.notebook import usual
from visualize.text.naming import TextNaming
from visualize.text.request import SCENES, TextRequest

if TYPE_CHECKING:
    from visualize.methods.dissection.text.result import TextResult
    from visualize.methods.pictures.images import Images
    from visualize.models.products import Given
    from visualize.watch import Watch

_DEFAULT = "scenes-alexnet"
_METHOD = "text"


@spelled_out(TextRequest, Stated, elsewhere={"images": "data", "unit": "units"})
def text_names(
    model: str | Given = _DEFAULT,
    layer: str | None = None,
    *,
    data: str | Path | Images = SCENES,
    trust: bool = False,
    watch: Watch | None = None,
    **asked: Any,  # noqa: ANN401 (the further fields of TextRequest, and facts of the network)
) -> TextNaming:
    """Name the units of layers by the words that pictures are most similar to where the units are active.

    Args:
        model: the name of a model, or a network.
        layer: name or alias, or several with commas; by default the one of the model's catalogue entry, else the last
            with a map.
        data: a folder of pictures, a probe set of ``viz data``, or pictures. Labelled ones need no similarities.
        trust: let the code run that comes with a model, as :func:`visualize.load` takes it.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        asked: the further fields of :class:`~visualize.text.request.TextRequest`, such as ``similarities`` or ``clip``,
            and facts of the network in place of those that are known of it: ``size``, ``mean``, ``std``, ``order``,
            ``prepare`` and ``classes``.

    Returns:
        for each unit its best words with scores, and how clear its best pictures are.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> naming = text_names("scenes-alexnet", "conv5", count=60, units="0-3", settings={"top": 10})
        >>> naming.source, len(naming.layers["conv5"][0].words)
        ('the labels of scenes', 5)
    """
    request = TextRequest(model=model, layer=layer, data=data, **gathered(asked))
    with trusting(yes=trust):
        return name(request, watch or usual())[0]


@plain_state()
def name(request: TextRequest, watch: Watch) -> tuple[TextNaming, Images]:
    """Name what a request asks for.

    Args:
        request: what is asked for.
        watch: shows how the work goes on.

    Returns:
        the names, and the pictures, with similarities that came from a file or a model.

    Raises:
        InputError: something in it cannot be used; the message says what to do.
    """
    check = Request(model=request.model, methods=[_METHOD], alone=True, settings=request.settings, seed=request.seed,
                    weights=request.weights, **request.stated)  # fmt: skip
    images = _pictures(request, watch)
    looking = dataclasses.replace(
        check, layer=request.layer, units=request.units, images=images, device=request.device, cache=request.cache
    )
    inspection = begin(looking, watch)
    layers: dict[str, list[TextResult]] = {}
    for card in inspection.cards(watch):
        result: Any = card.results[_METHOD]
        layers.setdefault(result.unit.layer, []).append(result)
    first = next(iter(layers.values()))[0]
    identity = inspection.probe.identity
    naming = TextNaming(
        model=identity.name, weights_sha256=identity.weights_sha256, data=images.name, pictures=len(images),
        layers={layer: tuple(results) for layer, results in layers.items()}, settings=first.provenance.settings,
        notes=first.notes,
    )  # fmt: skip
    return naming, images


def _pictures(request: TextRequest, watch: Watch) -> Images:
    """The pictures, beside their similarity to words where a file or a model tells it."""
    from visualize.data.files.similarity_files import read_similarities

    bare = request.similarities is None and request.clip is None
    images = _opened(request, watch, labelled=bare)
    given = request.similarities
    if isinstance(given, str | Path):
        with watch("reading similarities"):
            given = read_similarities(given, images)
    if request.clip is not None:
        given = _by_model(request, request.clip, images, watch)
    return images if given is None else worded(images, given)


def _opened(request: TextRequest, watch: Watch, *, labelled: bool) -> Images:
    from visualize.data import open_images, open_labelled
    from visualize.data.sets.given_pictures import open_given

    if not isinstance(request.data, str | Path):
        return open_given(request.data)
    with watch("opening the pictures") as progress:
        if not labelled:
            return open_images(request.data, count=request.count, seed=request.seed, progress=progress)
        try:
            return open_labelled(request.data, count=request.count, seed=request.seed, progress=progress)
        except InputError as fault:
            how = "or say with --similarities FILE.npz or --clip NAME how similar pictures are to words"
            raise InputError(f"{fault}; {how}") from fault


def _by_model(request: TextRequest, clip: str, images: Images, watch: Watch) -> Similarities:
    """Similarities by a vision-language model, with the pictures' embeddings."""
    from visualize.models.device import choose_device
    from visualize.text.picture_embeddings import picture_embeddings
    from visualize.text.vision_language import load_vision_language
    from visualize.text.word_lists import read_words

    words = read_words(request.words)
    with watch(f"loading {clip}"):
        model = load_vision_language(clip, request.clip_weights, choose_device(request.device))
    with watch(f"comparing {len(words):,} words"):
        model.words(words[:1], request.template)  # a template that is wrong is told before the long work
    with watch(f"embedding pictures with {clip}") as progress:
        embeddings = picture_embeddings(model, images, request.keep, progress)
    values = model.similarity(embeddings, words, request.template)
    return Similarities(words, values, source=model.source, embeddings=embeddings)
