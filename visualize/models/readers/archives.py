"""Archives of weights: the checksum of every member is verified, which the libraries that read them do not do."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

from visualize.intake.arrays import require_modest
from visualize.intake.regular_files import opened
from visualize.methods.errors import InputError, one_line

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 20
_MOST_MEMBERS = 200_000
_MOST_PICKLE = 16 << 20  # bytes of the list of what is stored, which is worked through one step at a time
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError, OSError)


def verify(path: Path) -> None:
    """Refuse an archive of weights that is damaged, or that would unpack to far more than it is long.

    Raises:
        InputError: a member is not what its checksum says, is there twice, or holds more than the archive can.
        OSError: the file is not there, or cannot be read.
    """
    with opened(path) as file:
        try:
            with zipfile.ZipFile(file) as held:
                members = held.infolist()
                require_modest(sum(member.file_size for member in members), path)
                _verify(held, members)
        except InputError:
            raise
        except _DAMAGED as fault:
            reason = one_line(fault)[:160]
            raise InputError(f"{path} is damaged, or not all of it is there ({reason}); fetch it again") from fault


def _verify(held: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Read each member to its end, where its checksum is compared."""
    if len({member.filename for member in members}) < len(members) or len(members) > _MOST_MEMBERS:
        raise ValueError(f"members of one name, or more than {_MOST_MEMBERS:,}")
    for member in members:
        if member.filename.endswith("data.pkl") and member.file_size > _MOST_PICKLE:
            raise ValueError(f"a list of {member.file_size:,} bytes of what is stored")
        with held.open(member) as stream:
            while stream.read(_CHUNK):
                pass
