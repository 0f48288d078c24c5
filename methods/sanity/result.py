"""Record of the sanity checks of one unit's explanations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from visualize.methods.drawing.charts import Chart, charts
from visualize.methods.drawing.panel import Panel
from visualize.methods.drawing.table import draw_table
from visualize.methods.phrases import counted
from visualize.methods.result import Result
from visualize.methods.sanity.checks import RANDOM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from visualize.methods.provenance import Json
    from visualize.methods.sanity.checks import MapCheck
    from visualize.methods.sanity.weight_randomization import Step

_GOOD = "a good map: rank correlation near 0, area under deletion below that of random, under insertion above it"


@dataclass(frozen=True, kw_only=True)
class SanityResult(Result):
    """Worth of a unit's explanations.

    Args:
        checks: one for every kind of map; the last, "random", is the random map that the curves are compared with.
        cascade: the steps in which the weights were shuffled, from the unit's layer down.
        dreamed: for each change of a dreamed picture the share of the activation that is kept; None without such a
            picture, or if it does not excite the unit.
        photographs: for each change of the photographs the share of the activation that is kept; None where no
            photograph excites the unit.
        files: the pictures' names.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Sanity, Stack
        >>> from torch import nn
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus(), nn.Conv2d(4, 2, 3), nn.Softplus())
        >>> probe = Probe(network, prepare=Preparation((16, 16)))
        >>> photographs = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
        >>> (result,) = Sanity(steps=0, levels=4)(probe, probe.unit("3:1"), Stack(photographs))
        >>> result.checks[0].name, result.checks[-1].name
        ('gradient', 'random')
        >>> len(result.checks[0].correlations), len(result.checks[0].deletion)  # one a step, one a level
        (2, 5)
    """

    in_lines: ClassVar[frozenset[str]] = frozenset({"cascade", "files"})

    checks: tuple[MapCheck, ...]
    cascade: tuple[Step, ...]
    dreamed: Mapping[str, float] | None
    photographs: Mapping[str, float] | None
    files: tuple[str, ...]

    def panels(self) -> tuple[Panel, ...]:
        """Figure of the correlations along the cascade, both curves, and what the changes leave."""
        layers = (self.cascade[0].name, self.cascade[-1].name) if self.cascade else ("", "")
        shown = [
            Chart(
                "Rank correlation with the true map when weights are shuffled; should fall to 0",
                {check.name: (1.0, *check.correlations) for check in self.checks if check.name != RANDOM},
                "shuffled from the unit down to",
                ("nothing", layers[1]),
            ),
            Chart(
                "Activation without what the map marks first; should fall at once",
                {check.name: check.deletion for check in self.checks},
                "part of the field removed",
                ("0", "1"),
            ),
            Chart(
                "Activation with only what the map marks first; should rise at once",
                {check.name: check.insertion for check in self.checks},
                "part of the field put in",
                ("0", "1"),
            ),
        ]
        rows = {"dreamed picture": self.dreamed, "photographs": self.photographs}
        table = {name: {change: f"{share:.2f}" for change, share in row.items()} for name, row in rows.items() if row}
        picture = charts(shown)
        if table:
            below = draw_table(table, title="Share of the activation that is kept when the picture changes", width=920)
            picture = np.concatenate([picture, below])
        return (Panel(picture, "", wide=True),)

    def facts(self) -> dict[str, Json]:
        """Numbers by name: maps, cascade, dreamed, photographs, files.

        Each of the maps has correlations, absolute, between, blank, and the areas under deletion and insertion.
        """
        return {
            "maps": {check.name: check.facts() for check in self.checks},
            "cascade": [step.name for step in self.cascade],
            "dreamed": dict(self.dreamed) if self.dreamed else None,
            "photographs": dict(self.photographs) if self.photographs else None,
            "files": list(self.files),
        }

    def lines(self) -> tuple[str, ...]:
        """Lines on what was done, each map's last rank correlation and its areas, and the activation that is kept."""
        lines = [self._done(), _GOOD]
        for check in self.checks:
            last = next(reversed(check.correlations), None)
            facts = check.facts()
            numbers = {
                "rank correlation with all weights shuffled": last,
                "area under deletion": facts["deletion"],
                "insertion": facts["insertion"],
            }
            words = [f"{name} {value:.2f}" for name, value in numbers.items() if isinstance(value, float)]
            lines.append(f"{check.name}: {', '.join(words) or 'no map to measure'}")
        for name, row in (("dreamed picture", self.dreamed), ("photographs", self.photographs)):
            if row:
                kept_of = ", ".join(f"{change} {share:.2f}" for change, share in row.items())
                lines.append(f"{name}, share of the activation that is kept: {kept_of}")
        return tuple(lines)

    def _done(self) -> str:
        """Photographs that were looked at, and how far the weights were shuffled."""
        steps = counted(len(self.cascade), "step")
        shuffled = f", weights shuffled in {steps}, down to {self.cascade[-1].name}" if self.cascade else ""
        return f"{counted(len(self.files), 'photograph')}{shuffled}"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by key: for each kind of map NAME its ``NAME correlations``, ``NAME deletion`` and ``NAME insertion``.

        A correlation of maps that are all blank is 0 here.
        """
        arrays: dict[str, NDArray[Any]] = {}
        for check in self.checks:
            arrays[f"{check.name} correlations"] = np.array([value or 0.0 for value in check.correlations], np.float32)
            arrays[f"{check.name} deletion"] = np.array(check.deletion, np.float32)
            arrays[f"{check.name} insertion"] = np.array(check.insertion, np.float32)
        return arrays
