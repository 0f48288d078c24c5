"""Keeping count of the files of a folder that look like pictures and are not looked at, to say so in one line."""

from __future__ import annotations

from dataclasses import dataclass, field

from visualize.data.files.endings import ending
from visualize.methods.phrases import counted
from visualize.printable import printable

_NAMED = 3  # files that a sentence names


@dataclass
class PassedOver:
    """Files that look like pictures and were passed over.

    Args:
        files: their paths below the folder that was searched.
        maps: paths of label maps among the pictures, which are no photographs.
        doubles: paths of pictures that another one of the same name, but for the ending, stands for.
    """

    files: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences that say what was left out; none where nothing was."""
        sentences = []
        if self.files:
            counts: dict[str, int] = {}
            for path in sorted(self.files):
                counts[ending(path) or "without an ending"] = counts.get(ending(path) or "without an ending", 0) + 1
            kinds = ", ".join(f"{count} {name}" for name, count in counts.items())
            sentences.append(
                f"passed over {counted(len(self.files), 'file')} in a format that is not read ({kinds}): "
                f"{_few(self.files)}; save such as JPEG or PNG to have them looked at"
            )
        if self.maps:
            sentences.append(
                f"left out {counted(len(self.maps), 'file that is a label map', 'files that are label maps')} of the "
                f"others: {_few(self.maps)}"
            )
        if self.doubles:
            sentences.append(
                f"left out {counted(len(self.doubles), 'file that has', 'files that have')} the name of another "
                f"picture but for the ending: {_few(self.doubles)}"
            )
        return tuple(sentences)


def _few(paths: list[str]) -> str:
    shown = ", ".join(printable(path) for path in sorted(paths)[:_NAMED])
    return f"{shown} ..." if len(paths) > _NAMED else shown
