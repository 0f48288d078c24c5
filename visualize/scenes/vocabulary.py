"""The concepts that scenes are labelled with: one number each, in Broden's six categories."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


CATEGORIES = ("object", "part", "scene", "material", "texture", "color")  # Broden's own names, in its order

_NAMES: Mapping[str, str] = {
    "object": """
        wall floor ceiling window curtain door picture rug lamp bed table chair sofa shelf book plant monitor stove
        fridge sink cabinet bathtub toilet mirror vase cup clock towel box pot person
        sky sun cloud sea sand lake snow
        grass earth path road sidewalk mountain hill rock tree bush flower house skyscraper
        fence streetlight sign bench car truck boat umbrella cow bird rail crosswalk""",
    "part": """
        wheel pane headlight taillight bumper cargo headboard pillow blanket leg tabletop seat backrest armrest cushion
        shade stand knob handle drawer burner screen frame pot leaf trunk crown roof doorway chimney head torso arm hair
        horn
        sail hull canopy pole petal stem snowcap faucet basin tank door tail marking facade wing""",
    "scene": """
        bedroom living_room kitchen bathroom office street village highway forest beach mountain field""",
    "material": """
        wood fabric glass metal brick foliage water stone plastic paint ceramic paper rubber skin fur asphalt
        sand_grains snow soil leather concrete plaster""",
    "texture": """
        striped banded dotted chequered tiled bricked woven planked grassy leafy speckled wavy marbled""",
    "color": """
        black blue brown grey green orange pink purple red white yellow""",
}


@dataclass(frozen=True)
class Concept:
    """A thing that a pixel can be labelled with.

    Args:
        number: its number in the label maps, from 1; 0 means unlabelled.
        name: what it is called; unique within its category ("door" is an object, and a part of a stove).
        category: one of :data:`CATEGORIES`.

    Example:
        >>> concept(NUMBERS["object"]["lamp"])
        Concept(number=9, name='lamp', category='object')
    """

    number: int
    name: str
    category: str


def _number_all() -> tuple[Concept, ...]:
    pairs = [(name, category) for category in CATEGORIES for name in _NAMES[category].split()]
    return tuple(Concept(number, name, category) for number, (name, category) in enumerate(pairs, start=1))


CONCEPTS: tuple[Concept, ...] = _number_all()
"""All concepts in the order of their numbers: ``CONCEPTS[n - 1]`` has number n."""

NUMBERS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        category: MappingProxyType({item.name: item.number for item in CONCEPTS if item.category == category})
        for category in CATEGORIES
    }
)
"""The number of a concept: ``NUMBERS["object"]["lamp"]``."""

KINDS: tuple[str, ...] = tuple(NUMBERS["scene"])
"""The kinds of scenes, in the order of the embedded network's classes."""


def concept(number: int) -> Concept:
    """The concept of a number in a label map.

    Raises:
        KeyError: no concept has that number (0 means unlabelled).
    """
    if not 1 <= number <= len(CONCEPTS):
        raise KeyError(number)
    return CONCEPTS[number - 1]
