"""What there is to know about a model before its weights are fetched. Nothing here needs torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from visualize.download.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from methods.network.axes import Layout
    from methods.network.preprocessing import Preparation
    from methods.reference import Reference


class Builder(Protocol):
    """What is known of the function that returns a network before its module is loaded; as text, what users type."""

    def load(self) -> Callable[..., object]:
        """The function itself."""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """One model of the zoo.

    Args:
        name: what users type.
        title: one line that says what it is.
        task: what it was trained to tell apart: "scenes", "objects", "self-supervised" for nothing, or "" if unknown.
        architecture: of the function that returns the network: a :class:`~methods.reference.Reference`, or a
            :class:`~visualize.models.sources.user_function.UserFunction`.
        arguments: keyword arguments of that function.
        preparation: how an RGB picture becomes its input.
        file: name of the weights file; "" for a network whose function brings its own weights, or random ones.
        sources: addresses of that file, the preferred one first; none for an embedded one.
        embedded: the file lies within this package, in ``weights``.
        sha256: of the file, or its leading digits; see :class:`Resource`.
        sha1: likewise.
        md5: likewise.
        size: of the file in bytes; see :class:`Resource`.
        others: other files with the same weights for the same preparation, to try in turn after this one.
        reader: the file's format, where the file itself does not show it; see :mod:`visualize.models.readers`.
        prefix: beginning of the names of the network's weights in the file, to take off; what begins otherwise is left.
        rename: of the function that gives the file's weights the network's names; None where they do not differ.
        ignored: beginnings of names of weights in the file that the network has no use for.
        seed: of the random weights, where no file is read.
        redrawn: the function may bring trained weights, which are replaced by random ones.
        classes: where the class names come from; see :mod:`visualize.models.class_names`. "" means they have none.
        aliases: the names that papers use for layers -> the network's own names.
        layouts: pattern of layer names -> order of axes ("NHWC"), where it is not channels first.
        licence: of the weights, as their publisher states it.
        paper: the publication that describes them.
        default_layer: a layer worth looking at first; "" where none was chosen.
        default_unit: a unit of that layer, from 0.
        default_images: the probe set that needs no download; None where there is none.
        notes: sentences a user should know: reported accuracy, peculiarities.
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
    licence: str = ""
    paper: str = ""
    default_layer: str = ""
    default_unit: int = 0
    default_images: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource | None:
        """The weights as a published file; None where nothing is to be fetched."""
        if self.embedded or not self.file:
            return None
        return Resource(
            file=self.file, sources=self.sources, sha256=self.sha256, sha1=self.sha1, md5=self.md5, size=self.size
        )

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every file that can give the weights, the preferred one first."""
        return (self.resource, *self.others) if self.resource else ()
