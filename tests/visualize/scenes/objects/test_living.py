from __future__ import annotations

from tests.visualize.scenes.objects.drawing import check_standing, hanging, standing
from visualize.scenes.objects.living import bird, cow, person

SEEDS = range(6)


def test_people_have_head_hair_torso_arms_and_legs() -> None:
    for seed in SEEDS:
        check_standing("person", {"head", "hair", "torso", "arm", "leg"}, standing(person, seed=seed))
        check_standing("person", {"head", "leg"}, standing(person, seed=seed, light_clothes=True))


def test_people_are_of_a_human_size() -> None:
    for seed in SEEDS:
        seen = standing(person, seed=seed, away=6)
        assert 1.5 < (seen.foot - seen.box[1]) * 6 / 128 < 2.0


def test_cows_have_head_horns_torso_legs_and_tail() -> None:
    for seed in SEEDS:
        check_standing("cow", {"head", "horn", "torso", "leg", "tail"}, standing(cow, seed=seed))


def test_birds_are_all_wing() -> None:
    seen = hanging(bird, 0.3, seed=0)
    assert (seen.objects, seen.parts) == ({"bird"}, {"wing"})
