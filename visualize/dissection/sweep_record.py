"""Record of a sweep (``sweep.json``): what was done and what could not be, and where the results lie."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from visualize.files import save_bytes
from visualize.intake import json_text
from visualize.intake.fields import WrongValueError, checked, items, mapping, one_of, record, text, whole
from visualize.intake.json_seals import sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

RECORD = "sweep.json"
SITE = "site"
DONE, FAILED = "done", "failed"
_FORMAT = 1
_DISSECT, _TRANSFER = "dissect", "transfer"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One network, layer, probe set and method of a sweep.

    Args:
        model: the network's name.
        layer: the layer's name.
        data: the probe set as it was asked for; "" for none.
        method: the method's name.
        state: ``"done"``, ``"failed"``, or ``""`` for what is still to be done.
        reason: why it failed.
        folder: of its results, within that of the sweep.
        key: digest of all that it depends on.
        facts: its main numbers.

    Example:
        >>> item = Item(model="net", layer="conv5", data="scenes", method="dissect", state="failed", reason="no labels")
        >>> str(item)
        'net conv5 on scenes, dissect'
    """

    model: str
    layer: str
    data: str
    method: str
    state: str = ""
    reason: str = ""
    folder: str = ""
    key: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.model, self.layer)))
        return f"{named}{f' on {self.data}' if self.data else ''}, {self.method}"

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Network, layer, set and method, which no other item shares."""
        return self.model, self.layer, self.data, self.method


@dataclass(frozen=True)
class Swept:
    """A folder of results that a sweep has written.

    Args:
        folder: where it lies.
        items: everything that was asked for.
        settings: by method, as text that tells them from others.
    """

    folder: Path
    items: tuple[Item, ...]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def dissections(self) -> list[Path]:
        """Folders of the finished dissections, in the order of the plan."""
        return self._of(item for item in self.items if item.method == _DISSECT)

    @property
    def transfers(self) -> list[Path]:
        """Folders of finished measurements of what features are worth."""
        return self._of(item for item in self.items if item.method == _TRANSFER)

    @property
    def site(self) -> Path | None:
        """Folder of the pages that show every unit; None where no method was asked for that looks at each."""
        return self.folder / SITE if any(item.folder == SITE and item.state == DONE for item in self.items) else None

    @property
    def unseen(self) -> list[Path]:
        """Folders of dissections of which the pages show nothing."""
        shown = {item.place[:3] for item in self.items if item.folder == SITE and item.state == DONE}
        return self._of(item for item in self.items if item.method == _DISSECT and item.place[:3] not in shown)

    def _of(self, items: Iterator[Item]) -> list[Path]:
        return [self.folder / name for name in dict.fromkeys(item.folder for item in items if item.state == DONE)]


def write(folder: Path, items: Iterable[Item], settings: Mapping[str, str]) -> None:
    """Write the record of a sweep, whole or not at all."""
    content = sealed({"format": _FORMAT, "settings": dict(settings), "items": [asdict(item) for item in items]})
    save_bytes(f"{json.dumps(content, indent=1)}\n".encode(), folder / RECORD)


def is_swept(folder: str | Path) -> bool:
    """Whether a sweep has written a folder."""
    return (Path(folder).expanduser() / RECORD).is_file()


def read(folder: str | Path) -> Swept:
    """Read what a sweep has written.

    Raises:
        InputError: the record is none, or is damaged.
    """
    folder = Path(folder).expanduser()
    path = folder / RECORD
    held = checked(unsealed(json_text.load(path), str(path)), _record, str(path))
    return Swept(folder, tuple(Item(**item) for item in held["items"]), held["settings"])


def _within(value: object) -> str:
    """Read the name of a folder that lies within another."""
    name = text(0, 2000)(value)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise WrongValueError("a folder within the results", value)
    return name


def _any(value: object) -> object:
    return value


_name = text(0, 4000)
_item = record(
    {"model": _name, "layer": _name, "data": _name, "method": text(1, 1000), "state": one_of(["", DONE, FAILED]),
     "reason": text(0, 100_000), "folder": _within, "key": text(0, 100), "facts": mapping(_any, most=1000)},
    closed=True,
)  # fmt: skip
_record = record(
    {"format": whole(_FORMAT, _FORMAT), "items": items(_item), "settings": mapping(text(0, 1_000_000), most=1000)}
)
