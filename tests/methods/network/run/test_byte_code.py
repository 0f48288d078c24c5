"""What hooks do is read from their code as it is seen when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from visualize.methods.network.run.byte_code import gives, rebinds, stores, writes

if TYPE_CHECKING:
    from collections.abc import Callable

kept: list[Any] = []
counts: dict[str, int] = {"runs": 0}
runs = 0


def branches(_m: Any, i: Any, o: Any) -> None:  # noqa: ANN401
    if o.sum() > 0:
        kept.append(o)
    for x in i:
        kept.append(x.shape)  # noqa: PERF401


def totals(_m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
    total = 0
    for x in o:
        total += len(x)
    counts["runs"] += total


def early(_m: Any, _i: Any, o: Any) -> Any:  # noqa: ANN401
    if o.dim() == 4:
        return None
    return o * 2


def entry(_m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
    o[:, 1:2] = 0


def multiplied_entry(_m: Any, i: Any) -> None:  # noqa: ANN401
    i[0][:, 1] *= 2


def added(_m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
    o += 1


def method_in_place(_m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
    o[:, 0].mul_(0.5)


def data(_m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
    o.data[0, 0] = 5


def attribute(m: Any, _i: Any) -> None:  # noqa: ANN401
    m.weight = nn.Parameter(m.weight * 2)


def attribute_by_name(m: Any, _i: Any) -> None:  # noqa: ANN401
    setattr(m, "weight", nn.Parameter(m.weight * 2))  # noqa: B010 (as torch's own hooks write it)


def counts_outside(*_: Any) -> None:  # noqa: ANN401
    global runs  # noqa: PLW0603
    runs += 1


QUIET: list[Callable[..., Any]] = [
    branches,
    totals,
    counts_outside,
    lambda _m, _i, o: kept.append(tuple(o.shape)),
    lambda _m, _i, o: counts.__setitem__("runs", counts.get("runs", 0) + len(o)),
    lambda _m, _i, o: counts.setdefault("all", []).append(o),  # type: ignore[arg-type, attr-defined]
    lambda *_: kept.append(1),
    lambda _m, _i, o: print(o.shape),  # noqa: T201
]
GIVING: list[Any] = [
    early,
    lambda _m, _i, o: o * 2,
    lambda _m, i: (i[0] * 2,),
    lambda _m, _i, o: o.relu(),
]
WRITING: list[Any] = [
    entry,
    multiplied_entry,
    added,
    method_in_place,
    data,
    attribute,
    attribute_by_name,
]


def _outcome(hook: Callable[..., Any]) -> tuple[bool, bool]:
    """Whether a call gives something, and whether it changes the module, its input or its output."""
    module, inputs, output = nn.Linear(2, 2), (torch.ones(2, 2, 2),), torch.ones(2, 2, 2)
    before = [module.weight.clone(), inputs[0].clone(), output.clone()]
    arguments = (module, inputs, output) if hook.__code__.co_argcount != 2 else (module, inputs)
    given = hook(*arguments)
    after = [module.weight, inputs[0], output]
    return given is not None, not all(map(torch.equal, before, after))


@pytest.mark.parametrize("hook", [*QUIET, *GIVING, *WRITING])
def test_what_a_function_does_is_read_as_a_call_shows_it(hook: Any) -> None:  # noqa: ANN401
    assert (gives(hook), writes(hook)) == _outcome(hook)


def test_who_keeps_under_a_name_outside_is_found() -> None:
    assert [rebinds(hook) for hook in (counts_outside, branches, entry)] == [True, False, False]  # type: ignore[arg-type]


def test_who_keeps_in_an_object_is_found() -> None:
    keeping = [stores(hook) for hook in (branches, totals, entry, Keeper.keep)]  # type: ignore[arg-type]
    assert keeping == [True] * 4
    assert not stores(lambda m, _i, _o: repr(m.weight))  # type: ignore[arg-type]


class Keeper:
    def keep(self, _m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
        self.last, self.features[0] = o, o  # type: ignore[attr-defined]

    def change(self, _m: Any, _i: Any, o: Any) -> None:  # noqa: ANN401
        o[0] = self.last


def test_what_an_object_keeps_in_itself_is_not_written_into_what_it_is_given() -> None:
    assert not writes(Keeper.keep, method=True)  # type: ignore[arg-type]
    assert writes(Keeper.change, method=True)  # type: ignore[arg-type]
