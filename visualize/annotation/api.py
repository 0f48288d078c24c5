"""Naming by people in a few calls: pages to serve, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.annotation import gathering
from visualize.annotation.measured import measured
from visualize.annotation.questions import Questions
from visualize.annotation.storage import Answers
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from visualize.annotation.measured import Measured
    from visualize.annotation.pages import Pages
    from visualize.annotation.records import Key
    from visualize.watch import Watch


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Units that people are asked about, and how.

    Args:
        folder: results: a report, a dissection, or a new folder.
        layers: their names; none for all.
        units: such as ``"3,79,100-104"``; None for all.
        count: pictures of each unit; None for all, or as many as a report shows.
        share: of pictures of other units that are mixed in; None for that of the answers, or 0.1.
        seed: of everything random; None for that of the answers, or 0.
        answers: the file of the answers; None for the usual one.
        making: arguments of a report whose pictures are made: model, data, network.
    """

    folder: Path
    layers: tuple[str, ...] = ()
    units: str | None = None
    count: int | None = None
    share: float | None = None
    seed: int | None = None
    answers: Path | None = None
    making: Mapping[str, Any] | None = None

    @property
    def file(self) -> Path:
        """The file of the answers."""
        return self.answers or gathering.answers_file(self.folder)


def pages(asking: Asking, watch: Watch) -> Pages:
    """The pages that ask, and the opened file that answers go to.

    Args:
        asking: what is asked.
        watch: shows how the making of pictures goes on.

    Raises:
        InputError: something that is asked for cannot be.
    """
    from visualize.annotation.pages import Pages

    asked = {**(asking.making or {}), "layers": asking.layers, "count": asking.count}
    gathered = gathering.gather(asking.folder, asked, watch)
    subjects = gathered.chosen(asking.layers, asking.units, asking.count)
    answers = Answers(asking.file, share=asking.share, seed=asking.seed, create=True)
    return Pages(gathered, Questions(subjects, answers.mixing, gathered.chosen(count=asking.count)), answers)


def answered(folder: Path, file: Path | None = None) -> tuple[Answers, Mapping[Key, Measured]]:
    """Answers that lie there, and what is known of the units.

    Args:
        folder: of the results.
        file: of the answers; None for the usual one.

    Raises:
        InputError: there are none.
    """
    known = gathering.sites(folder)
    if not known:
        raise InputError(f"{folder} holds no pictures that people were asked about; run viz annotate {folder} first")
    return Answers(file or gathering.answers_file(folder)), {
        key: unit for site in reversed(known) for key, unit in measured(site).items()
    }
