"""Records of a report, one a line: each with a checksum, and as many as there can be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from visualize.intake import json_text
from visualize.intake.fields import checked
from visualize.intake.json_seals import sealed, unsealed
from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError
from visualize.printable import printable
from visualize.reports import records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.intake.fields import Reader
    from visualize.reports.records import UnitFacts, View

Item = TypeVar("Item")

_MOST = 1 << 16  # lines: of the widest layers, twice
_LONGEST = 4 << 20  # bytes of a line: of a unit that fits thousands of concepts


def record_line(item: View | UnitFacts) -> bytes:
    """A record as a line with its checksum."""
    text = json.dumps(sealed(records.document(item)), separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode()


def damaged(path: Path, why: str) -> InputError:
    """Error of a report's file that is not what was written."""
    return InputError(f"{printable(str(path))} is damaged, or was not finished ({why}); make the report again")


@dataclass(frozen=True)
class RecordLines(Generic[Item]):
    """Records in a file.

    Args:
        path: of the file.
        reader: of one record.
    """

    path: Path
    reader: Reader[Item]

    def good(self) -> Iterator[Item]:
        """Records that are whole; other lines, such as one that a killed process left, are passed over."""
        try:
            for _, line in self._lines():
                try:
                    yield self._record(line)
                except InputError:
                    continue
        except (OSError, InputError):
            return

    def all(self) -> Iterator[Item]:
        """Every record.

        Raises:
            InputError: the file is not there, or one of its lines is damaged.
        """
        try:
            for number, line in self._lines():
                try:
                    yield self._record(line)
                except InputError as fault:
                    raise damaged(self.path, f"line {number}: {self._reason(fault)}") from fault
        except OSError as fault:
            raise damaged(self.path, fault.strerror or "it cannot be read") from fault

    def _record(self, line: bytes) -> Item:
        source = str(self.path)
        if not line.endswith(b"\n"):
            raise InputError(f"{printable(source)}: it is cut, or longer than any record")
        return checked(unsealed(json_text.parse(line, source), source), self.reader, source)

    def _reason(self, fault: InputError) -> str:
        return str(fault).removeprefix(printable(str(self.path))).lstrip(": ")

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Number and bytes of each line; of one that is too long the beginning alone."""
        with opened(self.path) as file:
            number = 0
            while line := file.readline(_LONGEST):
                number += 1
                if number > _MOST:
                    raise damaged(self.path, f"it has more than {_MOST:,} lines")
                yield number, line
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LONGEST)
