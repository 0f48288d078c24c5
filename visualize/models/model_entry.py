"""Catalogue entries: the facts of a model that are known before its weights are fetched. Nothing here needs torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from visualize.download.resource import Resource
from visualize.user_code import UserReference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visualize.methods.network.axes import Layout
    from visualize.methods.network.colours import Colours
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.reference import Reference


class Builder(Protocol):
    """A function that returns a network, named but not loaded yet; ``str`` of it is the name that users type."""

    def load(self) -> Callable[..., object]:
        """The function, its module loaded."""


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """A model's catalogue entry: its name, network, weights, preparation and layer names.

    Args:
        name: the name that users type.
        title: one line that describes the model.
        task: "scenes" or "objects" for a model trained to tell them apart, "self-supervised" for one trained without
            labels, or "" if unknown.
        architecture: the function that returns the network, not loaded yet: a
            :class:`~visualize.methods.reference.Reference`, or a
            :class:`~visualize.models.sources.user_function.UserFunction`.
        arguments: keyword arguments of that function.
        preparation: how an RGB picture becomes the network's input.
        file: name of the weights file; "" for a network whose function brings its own weights, or random ones.
        sources: addresses of the weights file, the preferred one first; none for an embedded file.
        embedded: whether the file lies within this package, in ``weights``.
        sha256: SHA-256 of the file, or its leading digits, as in :class:`Resource`.
        sha1: SHA-1 of the file, or its leading digits.
        md5: MD5 of the file, or its leading digits.
        size: size of the file in bytes, to within a few per cent.
        others: other files with the same weights for the same preparation, to try in turn after this one.
        reader: the file's format, where the file does not show it: one of :data:`visualize.models.readers.READERS`.
        prefix: beginning of the names of the network's weights in the file, to take off; weights
            whose names begin otherwise are left out.
        rename: the function that gives the file's weights the network's names; None where they do not differ.
        ignored: beginnings of names of weights in the file that the network has no use for.
        seed: seed of the random weights, where no file is read.
        redrawn: whether the function may bring trained weights, which are then replaced by random ones.
        classes: where the names of the classes come from, as :mod:`visualize.models.class_names` lists it; "" for a
            model without names.
        aliases: the names that papers use for layers -> the network's own names.
        layouts: pattern of layer names -> order of axes ("NHWC"), where it is not channels first.
        colours: of the pictures that the network learned from, for pictures that are made for it; None where they are
            not known, which leaves them to the method.
        licence: licence of the weights, as their publisher states it.
        paper: the publication that describes them.
        default_layer: a layer worth looking at first; "" where none was chosen.
        default_unit: a unit of that layer, counted from 0.
        default_images: a probe set that needs no download; None where there is none.
        notes: sentences that a user should know: reported accuracy, peculiarities.

    Example:
        >>> from visualize.models import entry_of
        >>> entry = entry_of("places-alexnet")
        >>> entry.file, entry.preparation.order, entry.default_layer
        ('alexnet_places365.caffemodel', 'BGR', 'conv5')
        >>> entry_of("random/places-alexnet").notes
        ('its weights are random, drawn with seed 0',)
    """

    name: str
    title: str
    task: str
    architecture: Builder
    preparation: Preparation
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    file: str = ""
    sources: tuple[str, ...] = ()
    embedded: bool = False
    sha256: str | None = None
    sha1: str | None = None
    md5: str | None = None
    size: int | None = None
    others: tuple[Resource, ...] = ()
    reader: str = "torch"
    prefix: str = ""
    rename: Reference | None = None
    ignored: tuple[str, ...] = ()
    seed: int = 0
    redrawn: bool = False
    classes: str = ""
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    layouts: Mapping[str, Layout] = field(default_factory=lambda: MappingProxyType({}))
    colours: Colours | None = None
    licence: str = ""
    paper: str = ""
    default_layer: str = ""
    default_unit: int = 0
    default_images: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether this program makes the network, so that its weights file tells all of its numbers."""
        return not isinstance(self.architecture, UserReference)

    @property
    def resource(self) -> Resource | None:
        """The weights file as a published file; None where nothing is to be fetched."""
        if self.embedded or not self.file:
            return None
        return Resource(
            file=self.file, sources=self.sources, sha256=self.sha256, sha1=self.sha1, md5=self.md5, size=self.size
        )

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every file that can give the weights, the preferred one first."""
        return (self.resource, *self.others) if self.resource else ()
