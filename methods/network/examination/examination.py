"""Record of what a network does when it runs, as far as results depend on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.methods.provenance import Json


VERSION = 2
"""Grows whenever the experiments change, so that what was kept of older ones is not believed."""
Scale = Literal["logits", "log-probabilities", "probabilities", "separate probabilities"]
"""Numbers that an output holds: of "separate probabilities" each stands for itself, as a sigmoid gives them."""
_SHOWN = 3  # modules that a line names


@dataclass(frozen=True)
class Output:
    """The tensor that is a network's answer.

    Args:
        runs: module runs that give this very tensor, the last first; none where it is computed after them.
        shape: its shape for one picture.
        kind: the class of the network.
        scale: what its numbers are.
    """

    runs: tuple[str, ...]
    shape: tuple[int, ...]
    kind: str
    scale: Scale = "logits"


@dataclass(frozen=True)
class Examination:
    """Record of what the experiments with a network found.

    A network that is a pure function of each picture has none of these peculiarities, and runs as fast as it can. Of
    the others, ``fresh`` ones run on a new copy each time, and ``one_by_one`` ones on one picture at a time.

    Args:
        writes_input: it overwrites the pictures that it is given (it is always given a copy).
        writes_buffers: names of buffers that a run changes.
        restless: buffers are changed by every run, and not by the first one only, as tables that are made once are.
        writes_weights: names of weights that a run changes.
        remembers: where a second run differs from a first one: the first module whose output does.
        grows: attributes that every run changes, such as counters and lists.
        beside: what runs change outside of it: variables of its code, attributes of its classes.
        random: where two runs of different seeds differ: the first module whose output does.
        draws: it draws random numbers, without which its outputs were the same in the experiments.
        unrepeatable: two runs of one seed differ as well.
        neighbours: where a picture's activation depends on the others of its batch: the first module whose output does.
        alone: why it takes one picture at a time only; "" where it takes several.
        rows: modules that do not give one row for each picture, and what they give.
        output: its answer; None where it has none of one row for each picture.
        answer: what it gives in place of an output.
        stop: where and why the run ended early; "" where it did not.
        blank: no module gave anything before that.
        left_out: experiments that would have taken too long.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from visualize.methods.network.probe import Probe
        >>> examination = Probe(nn.Sequential(nn.Conv2d(3, 4, 5), nn.Flatten(), nn.Softmax(1))).examination
        >>> examination.output.scale, examination.notes
        ('probabilities', ())
    """

    writes_input: bool = False
    writes_buffers: tuple[str, ...] = ()
    restless: bool = False
    writes_weights: tuple[str, ...] = ()
    remembers: str | None = None
    grows: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    random: str | None = None
    draws: bool = False
    unrepeatable: bool = False
    neighbours: str | None = None
    alone: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)
    output: Output | None = None
    answer: str = ""
    stop: str = ""
    blank: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether each run is made on a copy of its own, so that none sees what another one left behind."""
        return bool(self.writes_weights or self.grows or self.remembers is not None or self.restless)

    @property
    def seeded(self) -> bool:
        """Whether each run starts from the same seed."""
        return self.random is not None or self.draws

    @property
    def one_by_one(self) -> bool:
        """Whether pictures are run one at a time."""
        return bool(self.alone) or self.seeded or self.neighbours is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of results must know; none for a network that is a pure function of each picture."""
        notes = []
        if self.unrepeatable:
            notes.append(
                f"the network gives other activations in every run ({_from(self.random)}), by chance or a memory that "
                f"no seed and no copy undoes: the numbers do not repeat"
            )
        elif self.random is not None:
            notes.append(
                f"the network is random in evaluation mode ({_from(self.random)}): every picture is run alone from one "
                f"seed, so that the numbers repeat, but they are of one draw"
            )
        elif self.draws:
            notes.append(
                "the network draws random numbers in evaluation mode, which changed none of its outputs when it was "
                "examined: every picture is run alone from one seed, so that the numbers repeat"
            )
        if self.beside:
            notes.append(
                f"the network's runs change what is no part of it ({_some(self.beside)}), which no copy undoes: its "
                f"numbers may depend on what ran before"
            )
        if self.remembers is not None:
            notes.append(
                f"the network keeps state between calls ({_from(self.remembers)}): every run starts from the state in "
                f"which the network was given"
            )
        if self.neighbours is not None:
            notes.append(
                f"a picture's activations depend on the others in its batch ({_from(self.neighbours)}): every picture "
                f"is run alone"
            )
        return tuple(notes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences to warn of: the notes, and where the network stops midway."""
        if not self.stop or self.blank:
            return self.notes
        return (*self.notes, f"the network stops midway, and only what is before that can be looked at: {self.answer}")

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything that was found, in short lines."""
        lines = [*self.notes]
        if self.stop:
            lines.append(f"it stops midway: {self.answer}")
        if self.writes_input:
            lines.append("it writes into its input: it is given a copy")
        for what, names in (("buffers", self.writes_buffers), ("weights", self.writes_weights)):
            if names:
                lines.append(f"it writes into its {what} ({_some(names)}): it works on copies, yours stay")
        if self.grows:
            lines.append(f"every run changes {_some(self.grows)}: each run has a copy, yours stays")
        if self.alone:
            lines.append(f"it takes one picture at a time only ({self.alone})")
        if self.rows:
            shown = [f"{name}: {what}" for name, what in self.rows.items()]
            lines.append(f"not one row for each picture: {_some(shown, '; ')}")
        lines.append(self._answer())
        if self.left_out:
            lines.append(f"not examined, as its runs take long: {', '.join(self.left_out)}")
        return tuple(lines)

    def _answer(self) -> str:
        if self.stop:
            return "it has no output"
        if self.output is None:
            return f"no output of one row for each picture{': ' if self.answer else ''}{self.answer}"
        where = f"that of {self.output.runs[0]}" if self.output.runs else "computed after its last layer"
        flat = all(length == 1 for length in self.output.shape[2:])
        numbers = "numbers" if self.output.scale == "logits" and not flat else self.output.scale
        return f"its output, {where}, is {' x '.join(map(str, self.output.shape[1:])) or '1'} {numbers}"

    def document(self) -> dict[str, Json]:
        """Everything that was found, ready for JSON, with the ``version`` of the experiments."""
        output = self.output
        return {
            "version": VERSION,
            "writes_input": self.writes_input,
            "writes_buffers": list(self.writes_buffers),
            "writes_weights": list(self.writes_weights),
            "keeps_state": self.remembers is not None,
            "changes": list(self.grows),
            "changes_beside_it": list(self.beside),
            "random": self.random is not None,
            "draws": self.seeded,
            "repeatable": not self.unrepeatable,
            "depends_on_batch": self.neighbours is not None,
            "one_picture_at_a_time": self.one_by_one,
            "rows": dict(self.rows),
            "output": None
            if output is None
            else {"layers": list(output.runs), "shape": list(output.shape), "scale": output.scale},
            "stops": self.stop or None,
            "not_examined": list(self.left_out),
            "lines": list(self.lines),
        }


def _from(module: str | None) -> str:
    return f"from {module} on" if module else "in its output"


def _some(names: tuple[str, ...] | list[str], between: str = ", ") -> str:
    more = len(names) - _SHOWN
    return between.join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
