"""Whatever can be asked of names in free text, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.worded import Similarities
    from visualize.models.products import Given

SCENES = "scenes"


@dataclass(frozen=True, kw_only=True, eq=False)
class TextRequest:
    """Names in free text that are asked for.

    Args:
        model: the network's name, or a network.
        layer: name or alias, or several with commas; by default the one of the model's catalogue entry, else the last
            with a map.
        units: numbers such as ``"3,79,100-104"``, or all.
        data: a folder of pictures, a probe set of ``viz data``, or pictures.
        similarities: of the pictures to words: an ``.npz`` file (:mod:`visualize.data.files.similarity_files`), or
            :class:`visualize.methods.Similarities`.
        clip: a vision-language model of open_clip that tells similarities instead.
        clip_weights: the file of its weights.
        words: a file of words for it; None takes the list that comes along.
        template: a text with ``{}`` where each word goes.
        count: how many pictures are taken; None takes all, and 300 of the built-in scenes.
        settings: of the method, :class:`visualize.methods.TextNames`.
        seed: of pictures that are drawn, and of clustering.
        weights: a file to take in the place of the network's own.
        stated: facts of the network that its user states (:func:`visualize.models.overrides.overrides`).
        device: that both networks run on.
        cache: keep the network's results in the cache, and take them from there.
        keep: a folder in which the pictures' embeddings are kept.

    Raises:
        InputError: two of these contradict each other.
    """

    model: str | Given
    layer: str | None = None
    units: str = "all"
    data: str | Path | Images = SCENES
    similarities: str | Path | Similarities | None = None
    clip: str | None = None
    clip_weights: str | Path | None = None
    words: str | Path | None = None
    template: str = "{}"
    count: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    weights: str | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    cache: bool = True
    keep: Path | None = None

    def __post_init__(self) -> None:
        if self.similarities is not None and self.clip is not None:
            raise InputError("similarities come from --similarities or from --clip, not from both; leave out one")
        if self.clip is None:
            given = {"--clip-weights": self.clip_weights, "--words": self.words}
            option = next((option for option, value in given.items() if value is not None), None)
            option = "--template" if option is None and self.template != "{}" else option
            if option is not None:
                raise InputError(f"{option} is of a vision-language model; name it with --clip, or leave out {option}")
        if not self.units.strip(" ,"):
            raise InputError("--unit names no units; write 79, 3,79,100-104 or all")
