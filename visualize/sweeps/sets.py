"""Probe sets of a sweep, each opened once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.data.open import open_any, open_labelled
from visualize.methods.errors import InputError
from visualize.sweeps.plan import ABLATE, DISSECT, TRANSFER

if TYPE_CHECKING:
    from visualize.methods.pictures.labelled import Labelled
    from visualize.sweeps.plan import Plan
    from visualize.watch import Watch


class Sets:
    """Sets as they are asked for, and as dissections take them.

    Args:
        plan: which names them.
        watch: shows how opening goes on.
    """

    def __init__(self, plan: Plan, watch: Watch) -> None:
        self._plan, self._watch = plan, watch
        self._whole: dict[str, Labelled] = {}
        self._drawn: dict[str, Labelled] = {}

    def require(self) -> None:
        """Open all that are named.

        Raises:
            InputError: one is not there, or cannot be used; the message names its key.
        """
        tasks_alone = set(self._plan.methods) <= {TRANSFER, ABLATE}
        for place, where in enumerate(self._plan.data):
            try:
                self.whole(where)
            except InputError as fault:
                if not (tasks_alone and Path(where).expanduser().exists()):  # which tables and class folders are
                    raise InputError(f"{self._plan.source}: data[{place}]: {fault}") from fault

    def whole(self, where: str) -> Labelled:
        """A set with the labels that it has.

        Raises:
            InputError: there is none.
        """
        if where not in self._whole:
            with self._watch(f"opening {where}") as progress:
                self._whole[where] = open_any(where, progress=progress)
        return self._whole[where]

    def source(self, where: str) -> dict[str, Any]:
        """Arguments that open a set for a dissection."""
        settings = self._plan.settings_of(DISSECT)
        count = settings.get("count")
        seed = self._plan.seed if count is not None else 0
        return {"where": where, "colours": settings.get("colours", False), "count": count, "seed": seed}

    def labelled(self, where: str) -> Labelled:
        """A set as dissections take it.

        Raises:
            InputError: it has no labels.
        """
        if where not in self._drawn:
            with self._watch(f"opening {where}") as progress:
                self._drawn[where] = open_labelled(**self.source(where), progress=progress)
        return self._drawn[where]
