"""Names of runs tell the module and tell its runs apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.network.run.run_names import module_of, numbered, run_names


@given(st.lists(st.sampled_from(["conv", "relu", "block.0", "relu#0", "relu#1", "relu#", "a#b"]), max_size=12))
def test_every_run_has_a_name_of_its_own_that_begins_with_its_module(modules: list[str]) -> None:
    names = run_names(modules)
    assert [module_of(name) for name in names] == modules
    assert len(set(names)) == len(names)
    for module in set(modules):
        numbers = [name for name in names if module_of(name) == module]
        several = [numbered(module, number) for number in range(len(numbers))]
        plain = len(numbers) == 1 and module not in {"relu#0", "relu#1"}
        assert numbers == ([module] if plain else several)
