"""Record of what a dissection was asked for: kept beside its numbers, so that different ones never mix."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from visualize.dissection.record_fields import as_json
from visualize.dissection.seals import FORMAT
from visualize.methods import tf32
from visualize.methods.dissection.settings import Settings
from visualize.methods.dissection.taps import Tap, taps
from visualize.methods.errors import InputError
from visualize.methods.network import accelerator
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.receptive_field.field import ReceptiveField

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.data.files.gpu_decoding import Decoding
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled

_MACHINE = ("torch", "device", "threads")  # the last bits of activations depend on them
_UNLESS_SAID = {"decoding": "processor", "products": "float32"}  # what is written down only where it is otherwise
SINCE = {"compose": 0, "score": "iou", "ranges": 0, "forward": "float32"}
"""Settings that older records lack, with what they were."""

LATER = "resamples"
"""The setting that records of version 0.1 lack; what is counted does not depend on it."""

_GEOMETRY = ("source", "rectify", "units", "map", "field")


@dataclass(frozen=True)
class Record:
    """Everything that the numbers of one run depend on, as JSON.

    Args:
        content: model, weights_sha256, layers, set, settings, shard and the like.
    """

    content: dict[str, Any]

    @classmethod
    def of(  # noqa: PLR0913 (a network, layers and a set, and how)
        cls,
        probe: Probe,
        layers: Mapping[str, Tap],
        labelled: Labelled,
        settings: Settings,
        *,
        shard: tuple[int, int],
        source: Mapping[str, Any] | None,
        decode: Decoding = "processor",
    ) -> Record:
        """Record of a run that is about to begin.

        Args:
            probe: the network.
            layers: layer -> how it is scanned; see :func:`geometry`.
            labelled: the probe set.
            settings: everything that the numbers depend on beside network and set.
            shard: (which, of how many), from 1.
            source: arguments that open the probe set again; None where nobody said so.
            decode: what decodes JPEG files.
        """
        geometries = {
            name: {
                "source": tap.source,
                "rectify": tap.rectify,
                "units": tap.units,
                "map": list(tap.size),
                "field": None if tap.field is None else dataclasses.asdict(tap.field),
            }
            for name, tap in layers.items()
        }
        content = {
            "format": FORMAT,
            "model": probe.identity.name,
            "weights_sha256": probe.identity.weights_sha256,
            "preparation": probe.prepare.document(),
            "layers": geometries,
            "set": {"name": labelled.name, "pictures": len(labelled), "fingerprint": labelled.fingerprint},
            "source": dict(source) if source is not None else None,
            "settings": dataclasses.asdict(settings),
            "shard": list(shard),
            "torch": torch.__version__,
            "device": probe.device.type,
            "threads": torch.get_num_threads(),
            "notes": list(probe.examination.notes),
        }
        if decode != "processor":
            content["decoding"] = decode
        if accelerator.is_gpu(probe.device) and tf32.in_force():
            content["products"] = "tf32"
        return cls(as_json(content))

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers."""
        return tuple(self.content["layers"])

    @property
    def settings(self) -> Settings:
        """Settings of the dissection."""
        held = dict(self.content["settings"])
        held["categories"] = None if held["categories"] is None else tuple(held["categories"])
        return Settings(**held)

    @property
    def preparation(self) -> Preparation:
        """Preparation of pictures for the network."""
        return Preparation.of(self.content["preparation"])

    @property
    def shard(self) -> tuple[int, int]:
        """Shard that the run covers: (which, of how many), from 1."""
        first, count = self.content["shard"]
        return int(first), int(count)

    @property
    def pictures(self) -> int:
        """Number of pictures in the whole probe set."""
        return int(self.content["set"]["pictures"])

    @property
    def range(self) -> tuple[int, int]:
        """Numbers of the first picture of the shard, and of the first one after it."""
        which, count = self.shard
        return self.pictures * (which - 1) // count, self.pictures * which // count

    def taps(self) -> dict[str, Tap]:
        """The layers as they can be counted without the network."""
        from visualize.methods.dissection.settings import above

        settings, layers = self.settings, {}
        for name, held in self.content["layers"].items():
            rows, columns = held["map"]
            keep = above(settings.quantile, self.pictures * rows * columns) + 1
            field = held["field"]
            seen = None if field is None else ReceptiveField(**{key: tuple(value) for key, value in field.items()})
            layers[name] = Tap(
                name, held["source"], held["rectify"], held["units"], (rows, columns), keep, settings.count, seen,
                positive=settings.ranges > 0,
            )  # fmt: skip
        return layers

    def require(self, other: Mapping[str, Any], where: str, *, but: Sequence[str] = ()) -> None:
        """Refuse to go on with a dissection that was begun differently.

        Args:
            other: content of the record that lies in the folder.
            where: the folder's name.
            but: keys of the content that may differ.

        Raises:
            InputError: something else differs; the message names the first such thing.
        """
        for key in (
            "model",
            "weights_sha256",
            "layers",
            "settings",
            "set",
            "preparation",
            "shard",
            *_MACHINE,
        ):
            if key in but or key not in other:
                continue
            mine, theirs = _compared(key, self.content[key]), _compared(key, other[key])
            if key == "settings" and (LATER in mine) != (LATER in theirs):
                mine, theirs = ({name: held[name] for name in held if name != LATER} for held in (mine, theirs))
            if mine != theirs:
                raise InputError(_differs(key, mine, theirs, where))
        for key, usual in _UNLESS_SAID.items():
            mine, theirs = (held.get(key, usual) for held in (self.content, other))
            if mine != theirs:
                raise InputError(_differs(key, mine, theirs, where))


def geometry(probe: Probe, layers: Sequence[str], settings: Settings, pictures: int) -> dict[str, Tap]:
    """The layers as they are scanned; the same layer named twice counts once.

    Raises:
        InputError: there is no layer or no picture.
    """
    if not layers:
        raise InputError("no layer is named to dissect")
    if not pictures:
        raise InputError("the probe set holds no pictures to dissect with")
    return taps(probe, layers, settings, pictures)


def _compared(key: str, held: Any) -> Any:  # noqa: ANN401 (JSON)
    """The part of a record's entry that must be the same: not a set's name, nor the results of a layer."""
    if key == "set":
        return {name: value for name, value in held.items() if name != "name"}
    if key == "settings":
        return SINCE | held
    if key == "layers":
        return {layer: {name: about[name] for name in _GEOMETRY} for layer, about in held.items()}
    return held


def _differs(key: str, mine: Any, theirs: Any, where: str) -> str:  # noqa: ANN401 (JSON)
    """The message that says in one line what differs."""
    name = key
    if isinstance(mine, dict) and isinstance(theirs, dict):
        if key == "layers":
            mine, theirs = ", ".join(mine), ", ".join(theirs)
        else:
            inner = next(entry for entry in {**mine, **theirs} if mine.get(entry) != theirs.get(entry))
            name, mine, theirs = f"{key}: {inner}", mine.get(inner), theirs.get(inner)
    return (
        f"{where} holds a dissection that was begun with another setting ({name}: {theirs!r} there, {mine!r} asked "
        f"for); give the same, or another folder"
    )
