"""Finished dissections, looked for where ``viz dissect`` leaves them, and near by."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.dissection.record import LATER, SINCE
from visualize.dissection.record_fields import read_manifest
from visualize.dissection.tables import MANIFEST, undissected
from visualize.files import ROOT, safe
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from visualize.methods.dissection.settings import Settings
    from visualize.methods.network.probe import Probe

_FOLDER = "dissect"


def default_folder(model: str, data: str) -> Path:
    """Where the dissection of a model on a probe set goes, and is looked for: ``viz-out/MODEL/dissect/PROBESET``."""
    return ROOT / safe(model) / _FOLDER / safe(data)


def marks_of(layers: Sequence[str], settings: Settings, source: Mapping[str, Any]) -> list[str]:
    """Words for what sets a dissection apart from a model's usual one, for a folder of its own.

    Args:
        layers: as they were asked for; empty where they are the model's usual ones.
        settings: of the dissection.
        source: ``count``, ``colours`` and ``seed`` by which the set was opened.
    """
    marks = ["-".join(layers)] if layers else []
    marks += [f"{name}-{source[name]}" for name in ("count", "colours") if source[name]]
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if value != item.default and item.name != "seed":
            marks.append(f"{item.name}-{'-'.join(value) if isinstance(value, tuple) else value}")
    matters = settings.rotate > 0 or source["count"] is not None
    return [*marks, f"seed-{settings.seed}"] if settings.seed and matters else marks


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished dissection.

    Args:
        folder: where it lies.
        content: of its ``dissection.json``.
    """

    folder: Path
    content: dict[str, Any]

    @property
    def model(self) -> str:
        """The network's name."""
        return str(self.content["model"])

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers."""
        return tuple(self.content["layers"])

    @property
    def data(self) -> str:
        """The probe set's name."""
        return str(self.content["set"]["name"])

    @property
    def quantile(self) -> float:
        """The part of all positions that a unit's mask covers."""
        return float(self.content["settings"]["quantile"])

    @property
    def cut(self) -> float:
        """The IoU above which a unit is a detector."""
        return float(self.content["settings"]["cut"])

    @property
    def turned(self) -> bool:
        """Whether it is of random directions rather than of units."""
        return bool(self.content["settings"]["rotate"])

    def is_on(self, data: str) -> bool:
        """Whether it is on a probe set, by the set's name or by where it lies."""
        where = str(self.source().get("where", ""))
        return data in {self.data, where} or Path(data).expanduser().resolve() == Path(where).expanduser().resolve()

    @property
    def counted_with(self) -> dict[str, Any]:
        """The settings that its counts depend on; how sure names are is told from the same counts."""
        return SINCE | {name: value for name, value in self.content["settings"].items() if name != LATER}

    def same_as(self, other: Finished) -> bool:
        """Whether another one is of the same weights, preparation, set and settings, so that its numbers are equal."""
        return self.counted_with == other.counted_with and all(
            self.content.get(key) == other.content.get(key)
            for key in ("weights_sha256", "preparation", "set", "source")
        )

    @property
    def preparation(self) -> Preparation:
        """How its pictures were prepared for the network."""
        return Preparation.of(self.content["preparation"])

    def is_of(self, probe: Probe) -> bool:
        """Whether it is of a network as it stands: of its weights, and of pictures prepared as they are for it."""
        return self.content["weights_sha256"] == probe.identity.weights_sha256 and self.preparation == probe.prepare

    def source(self) -> dict[str, Any]:
        """Arguments that open the probe set again; empty where nobody said so."""
        return dict(self.content.get("source") or {})


def finished(model: str | None = None) -> Iterator[Finished]:
    """The dissections at hand, the newest first: in ``viz-out``, in the working folder and in the folders in it.

    What cannot be read is left aside, as a warning says.

    Args:
        model: the model's name, for which ``viz-out/MODEL/dissect`` is looked at; None looks at every model's.
    """
    models = ROOT.glob(f"*/{_FOLDER}") if model is None else [ROOT / safe(model) / _FOLDER]
    yield from _newest(_files([*models, Path()]))


def given(folders: Sequence[str | Path]) -> list[Finished]:
    """The dissections in folders that are named, or in the folders in them.

    Raises:
        InputError: a folder holds none.
    """
    several = []
    for folder in folders:
        place = Path(folder).expanduser()
        files = [place] if place.name == MANIFEST else _files([place, place / _FOLDER, *place.glob(f"*/{_FOLDER}")])
        items = list(_newest(files, said=len(files) > 1))
        if not items:
            raise undissected(folder)
        several += items
    return several


def _files(places: Sequence[Path]) -> list[Path]:
    return list({path for place in places for where in (MANIFEST, f"*/{MANIFEST}") for path in place.glob(where)})


def _newest(files: Sequence[Path], *, said: bool = True) -> Iterator[Finished]:
    there = {path.resolve(): path for path in sorted(files) if path.is_file()}
    for path in sorted(there.values(), key=lambda path: (-path.stat().st_mtime, path)):
        try:
            content = read_manifest(path)
        except (InputError, OSError) as fault:
            if said:  # by whoever refuses a single one
                warnings.warn(f"a dissection is left aside: {fault}", InputWarning, stacklevel=2)
            continue
        yield Finished(path.parent, content)
