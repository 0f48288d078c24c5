from __future__ import annotations

import pytest

from visualize.scenes import CATEGORIES, CONCEPTS, KINDS, NUMBERS, concept


def test_concepts_are_numbered_from_one_without_gaps() -> None:
    assert [item.number for item in CONCEPTS] == list(range(1, len(CONCEPTS) + 1))
    assert all(NUMBERS[item.category][item.name] == item.number for item in CONCEPTS)
    assert len({(item.name, item.category) for item in CONCEPTS}) == len(CONCEPTS)


def test_a_number_leads_back_to_its_concept() -> None:
    assert [concept(item.number) for item in CONCEPTS] == list(CONCEPTS)
    for number in (0, len(CONCEPTS) + 1):
        with pytest.raises(KeyError, match=str(number)):
            concept(number)


def test_the_categories_are_brodens_six_and_its_scenes_are_the_kinds() -> None:
    assert tuple(NUMBERS) == CATEGORIES == ("object", "part", "scene", "material", "texture", "color")
    assert set(KINDS) == set(NUMBERS["scene"])
