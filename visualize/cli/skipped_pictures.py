"""Pictures that a command could not read: each named if they are few, else one line and a file that lists them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.cli.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILE = "skipped-pictures.txt"
_FEW = 3  # that are named in a line each


@dataclass
class Skipped:
    """Warnings of a command, each of which is said once.

    Args:
        say: writes a line to standard error.
        pictures: sentences on the pictures that were skipped.
        folder: of the command's results, where the list goes; None where there is none.
        listed: the file that lists them in any case; None where there is none.
        others: what other warnings said.
    """

    say: Callable[[str], None]
    pictures: dict[str, None] = field(default_factory=dict)
    folder: Path | None = None
    listed: Path | None = None
    others: set[str] = field(default_factory=set)

    def once(self, text: str, say: Callable[[str], None] | None = None) -> None:
        """Say what was not said yet.

        Args:
            text: the sentence.
            say: writes it; None as all warnings are written.
        """
        if text not in self.others:
            self.others.add(text)
            (say or self.say)(text)

    def tell(self, *, failed: bool) -> None:
        """Name the pictures that were skipped, or say how many they are and which file lists them.

        Args:
            failed: whether the command failed, which says itself what is wrong and leaves no file.
        """
        if len(self.pictures) <= _FEW:
            for text in self.pictures:
                self.say(text)
        elif not failed:
            first = next(iter(self.pictures)).removeprefix("skipped ")
            listed = self._list()
            where = f"; {listed} lists them" if listed is not None else ""
            self.say(f"skipped {len(self.pictures):,} pictures that cannot be read{where}; the first is {first}")

    def _list(self) -> Path | None:
        if self.listed is not None or self.folder is None:
            return self.listed
        from visualize.files import whole

        path = self.folder / FILE
        lines = "".join(f"{printable(text.removeprefix('skipped '))}\n" for text in self.pictures)
        try:
            with whole(path) as file:
                file.write(lines.encode("utf-8", "replace"))
        except OSError:  # the line without the list is better than none
            return None
        return path


_current: ContextVar[Skipped | None] = ContextVar("skipped", default=None)


@contextmanager
def collecting(say: Callable[[str], None]) -> Iterator[Skipped]:
    """Collect within the block what was skipped, and say it at its end.

    Args:
        say: writes a line to standard error.
    """
    skipped = Skipped(say)
    token = _current.set(skipped)
    try:
        yield skipped
    except BaseException:
        skipped.tell(failed=True)
        raise
    else:
        skipped.tell(failed=False)
    finally:
        _current.reset(token)


def list_in(folder: Path, *, listed: Path | None = None) -> None:
    """Say where the results of the command go, beside which a list of what was skipped can lie.

    Args:
        folder: of the results.
        listed: a file among them that lists it anyway.
    """
    skipped = _current.get()
    if skipped is not None:
        skipped.folder, skipped.listed = folder, listed
