"""What every method promises, whoever wrote it: the suite takes whatever the table of methods holds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from visualize.methods import Needs, Panel, Result, testing
from visualize.methods.method import Method
from visualize.methods.registry import table
from visualize.methods.settings import setting, settings
from visualize.methods.testing import contract, subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Json
    from visualize.methods.unit import Target


@pytest.mark.parametrize("check", [check for kind in table().values() for check in testing.checks(kind)], ids=str)
def test_every_method_keeps_its_promises(check: testing.Check) -> None:
    check()


_FEW: dict[str, Any] = {"steps": 4, "count": 2, "cascade": 2, "levels": 4}


@pytest.mark.cuda
@pytest.mark.parametrize("name", table())
def test_the_device_is_kept(name: str) -> None:
    """A few steps: where a picture is made in many, the last bits of a step grow into another picture."""
    kind = table()[name]
    own = {item.name for item in settings(kind) if not item.setting.only_with}
    method = kind(**{key: value for key, value in _FEW.items() if key in own})
    here = method(subjects.tiny_probe(), subjects.UNITS, subjects.noise_for(method))
    probe = subjects.tiny_probe()
    probe.network.cuda()
    there = method(probe, subjects.UNITS, subjects.noise_for(method))
    assert next(probe.network.parameters()).device.type == "cuda"
    for result, other in zip(here, there, strict=True):
        for key, values in result.arrays().items():
            np.testing.assert_allclose(values, other.arrays()[key], rtol=1e-2, atol=1e-2, err_msg=key)


@dataclass(frozen=True, kw_only=True)
class CountResult(Result):
    number: float = 0.0

    def panels(self) -> tuple[Panel, ...]:
        return (Panel(np.full((8, 8, 3), 90, np.uint8), f"{self.number}"),)

    def facts(self) -> dict[str, Json]:
        return {"number": self.number}

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"number": np.array([self.number])}


@dataclass(frozen=True, kw_only=True)
class Count(Method):
    """Numbers the units."""

    name: ClassVar[str] = "count"
    title: ClassVar[str] = "Number of the unit"
    needs: ClassVar[Needs] = Needs.NOTHING

    factor: int = setting(1, least=1, help="What the number is multiplied by.")

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        results = []
        for done, unit in enumerate(units, 1):
            number = self.number(probe, str(unit), done)
            results.append(CountResult(unit=unit, provenance=self.provenance(probe, 1e-6), number=number))
            progress(done, len(units))
        return results

    def number(self, probe: Probe, unit: str, place: int) -> float:
        return float(len(unit)) * self.factor


def test_a_method_that_keeps_every_promise_passes() -> None:
    assert testing.run(Count) == testing.run(Count()) == len(testing.PROMISES)


class Trains(Count):
    def number(self, probe: Probe, unit: str, place: int) -> float:
        probe.network.eval()
        return 1.0


class Hooks(Count):
    def number(self, probe: Probe, unit: str, place: int) -> float:
        probe.network.register_forward_hook(lambda *_: None)
        return 1.0


class Mixes(Count):
    def number(self, probe: Probe, unit: str, place: int) -> float:
        return float(place)


class Rolls(Count):
    def number(self, probe: Probe, unit: str, place: int) -> float:
        return float(np.random.default_rng().random())


class Breaks(Count):
    def number(self, probe: Probe, unit: str, place: int) -> float:
        return float("inf")


class Silent(Count):
    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        return super().look(probe, units, images, lambda done, total: None)


class Drops(Count):
    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        return super().look(probe, units[:3], images, progress)


class Unchecked(Count):
    def __post_init__(self) -> None:
        pass


@pytest.mark.parametrize(
    ("kind", "promise", "message"),
    [
        (Trains, contract.leaves_everything_as_it_was, "left as it was"),
        (Hooks, contract.leaves_everything_as_it_was, "left as it was"),
        (Mixes, contract.does_not_mix_units, "is the same"),
        (Rolls, contract.repeats_itself, "is the same"),
        (Breaks, contract.gives_numbers, "finite|JSON|not JSON compliant"),
        (Silent, contract.leaves_everything_as_it_was, "progress is told"),
        (Drops, contract.answers_for_each_unit, "3 results for 6 units"),
        (Unchecked, contract.refuses_wrong_settings, "is refused"),
    ],
)
def test_a_broken_promise_is_found(kind: type[Count], promise: Any, message: str) -> None:  # noqa: ANN401 (a function of the suite)
    with pytest.raises((testing.BrokenPromiseError, ValueError), match=message):
        testing.Check(dataclasses.dataclass(frozen=True, kw_only=True)(kind), promise)()
