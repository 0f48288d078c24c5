"""Sentences about what a scene shows, all of them true; the kind of scene is never said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.scenes.captions.visible import beyond, things
from visualize.scenes.captions.vocabulary import MATERIALS, NOUNS, PARTS, TEXTURES, with_article
from visualize.scenes.random_stream import Dice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.scenes.captions.visible import Thing
    from visualize.scenes.scenes import Scene


APART = 0.1
"""Share of the picture's side by which the middles of two things differ at least, where one is left of the other."""

_SALT = 1755  # the numbers that decide words are not those that decide pictures
_TRIES = 8  # to say something that has not been said


def captions(scene: Scene, seed: int, count: int = 5) -> tuple[str, ...]:
    """Sentences about a scene, drawn at random.

    Said is that a thing is there; what it looks like, is made of and has on it (where that holds for half of its
    pixels); that it lies left of, right of, above or below another (see :data:`APART`); that it fills most of the view;
    or that it is seen behind glass. Larger things are spoken of more often.

    Args:
        scene: what they are about.
        seed: that of the scene (:meth:`~visualize.scenes.scenes.Scenes.number`): the same scene and seed give the same
            sentences.
        count: how many; where little is to be seen one may be said twice.

    Raises:
        InputError: nothing in the scene is labelled, or the count is below 1.

    Example:
        >>> from visualize.scenes import render
        >>> captions(render("beach", 7), 7, 2)
        ('there is the sun', 'the sand , a white cloud and the yellow sun')
    """
    seen, behind = things(scene), beyond(scene)
    if not seen or count < 1:
        raise InputError("nothing in this scene is labelled" if count > 0 else f"a scene has no {count} captions")
    dice, said = Dice(seed, _SALT), list[str]()
    for _ in range(count):
        sentence = _sentence(seen, behind, dice)
        for _ in range(_TRIES):
            if sentence not in said:
                break
            sentence = _sentence(seen, behind, dice)
        said.append(sentence)
    return tuple(said)


def _sentence(seen: Sequence[Thing], behind: Sequence[str], dice: Dice) -> str:
    drawn = dice.unit()
    thing = _one(seen, dice)
    if drawn < 0.4:
        return _placed(thing, seen, dice) or _there(thing, dice)
    if drawn < 0.65:
        return _listed(seen, dice)
    if drawn < 0.73 and seen[0].share > 0.5:
        return f"{_described(seen[0], dice)} fills most of the view"
    if drawn < 0.85 and behind:
        return f"{with_article((), NOUNS[dice.pick(behind)])} is seen behind glass"
    return _there(thing, dice)


def _there(thing: Thing, dice: Dice) -> str:
    return f"there is {_described(thing, dice)}"


def _listed(seen: Sequence[Thing], dice: Dice) -> str:
    """Two or three things, each with an adjective at most."""
    chosen: list[Thing] = []
    for _ in range(dice.pick((2, 3, 3))):
        others = [thing for thing in seen if thing not in chosen]
        if others:
            chosen.append(_one(others, dice))
    *first, last = (_looking(thing, dice) for thing in chosen)
    return f"{' , '.join(first)} and {last}" if first else f"there is {last}"


def _placed(thing: Thing, seen: Sequence[Thing], dice: Dice) -> str:
    """Where a thing is beside another; empty if it is beside none."""
    ways = [(way, other) for other in seen if other is not thing for way in _ways(thing, other)]
    if not ways:
        return ""
    way, other = dice.pick(ways)
    return f"{_described(thing, dice)} is {way} {_looking(other, dice)}"


def _ways(thing: Thing, other: Thing) -> list[str]:
    across, down = other.across - thing.across, other.down - thing.down
    ways = {"left of": across, "right of": -across, "above": down, "below": -down}
    return [way for way, distance in ways.items() if distance >= APART]


def _one(seen: Sequence[Thing], dice: Dice) -> Thing:
    """A thing, drawn with a probability that goes with the fourth root of its area."""
    weights = [thing.share**0.25 for thing in seen]
    left = dice.between(0, sum(weights))
    for thing, weight in zip(seen, weights, strict=True):
        left -= weight
        if left < 0:
            return thing
    return seen[-1]


def _looking(thing: Thing, dice: Dice) -> str:
    """A thing with its colour or its texture, if it has one, more often than not."""
    looks = [thing.colour] if thing.colour else []
    looks += [thing.texture] if thing.texture in TEXTURES else []
    return with_article([dice.pick(looks)] if looks and dice.chance(0.7) else [], NOUNS[thing.name])


def _described(thing: Thing, dice: Dice) -> str:
    """A thing as it looks, and what it is made of or has on it, half of the time."""
    more = [f"of {thing.material}"] if thing.material in MATERIALS else []
    more += [f"with {with_article((), PARTS[part])}" for part in thing.parts]
    phrase = _looking(thing, dice)
    return f"{phrase} {dice.pick(more)}" if more and dice.chance(0.5) else phrase
