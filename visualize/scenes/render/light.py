"""The light that a scene stands in: the hour, the weather, a lamp."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.scenes.render.palette import RGB, mixed

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice


Vector = tuple[float, float, float]  # x to the right, y up, z away from the camera; metres


@dataclass(frozen=True)
class Light:
    """The light that colours everything in a scene.

    Args:
        tint: what white becomes, as factors of red, green and blue.
        haze: the colour that distance fades to.
        reach: metres after which two thirds of a colour are lost to the haze.
        sun: towards where the light comes from; of length 1 or somewhat less, the less for a softer light.
        zenith: the sky's colour above.
        night: windows and lamps are lit.
    """

    tint: RGB = (1.0, 1.0, 1.0)
    haze: RGB = (220.0, 230.0, 240.0)
    reach: float = 1e9
    sun: Vector = (0.4, 0.7, -0.6)
    zenith: RGB = (120.0, 170.0, 220.0)
    night: bool = False

    def mist(self, depth: float) -> float:
        """The share of haze in the colour of a thing, 0..1: 1 - exp(-depth / reach).

        Args:
            depth: how far away the thing is, metres.
        """
        return 1 - math.exp(-max(0.0, depth) / self.reach)

    def on(self, normal: Vector) -> float:
        """The brightness of a surface, 1 for full light.

        Args:
            normal: the direction in which it faces, a unit vector.
        """
        x, y, z = normal
        towards = x * self.sun[0] + y * self.sun[1] + z * self.sun[2]
        return 0.80 + 0.24 * max(0.0, towards) + 0.05 * y


# hour: tint, haze and horizon, zenith
_HOURS: dict[str, tuple[RGB, RGB, RGB]] = {
    "morning": ((1.04, 0.98, 0.92), (247.0, 222.0, 196.0), (150.0, 187.0, 219.0)),
    "noon": ((1.05, 1.04, 1.0), (214.0, 232.0, 243.0), (95.0, 160.0, 218.0)),
    "blue": ((1.04, 1.04, 1.04), (196.0, 222.0, 240.0), (60.0, 125.0, 200.0)),
    "overcast": ((0.92, 0.94, 0.97), (222.0, 225.0, 228.0), (176.0, 184.0, 193.0)),
    "evening": ((1.06, 0.9, 0.8), (250.0, 196.0, 146.0), (132.0, 132.0, 184.0)),
    "pink": ((1.0, 0.88, 0.92), (246.0, 190.0, 190.0), (120.0, 128.0, 190.0)),
    "dusk": ((0.68, 0.68, 0.84), (150.0, 140.0, 176.0), (62.0, 70.0, 122.0)),
    "night": ((0.42, 0.46, 0.66), (58.0, 66.0, 104.0), (22.0, 28.0, 58.0)),
}
_BY_DAY = ("morning", "noon", "noon", "blue", "overcast", "evening", "pink")


def outdoors(dice: Dice) -> Light:
    """A random hour and weather; dusk or night 18 times in 100."""
    hour = dice.pick(("dusk", "night")) if dice.chance(0.18) else dice.pick(_BY_DAY)
    tint, haze, zenith = _HOURS[hour]
    level, angle = dice.between(0.92, 1.05), dice.between(-1.2, 1.2)
    return Light(
        tint=(tint[0] * level, tint[1] * level, tint[2] * level),
        haze=haze,
        reach=dice.between(110, 420),
        sun=(math.sin(angle) * 0.75, 0.5, -math.cos(angle) * 0.6),
        zenith=mixed(zenith, haze, dice.between(0, 0.25)),
        night=hour in {"dusk", "night"},
    )


def indoors(dice: Dice) -> Light:
    """Daylight through windows, or lamps in the evening."""
    night = dice.chance(0.25)
    warm, level = dice.between(-0.05, 0.06), dice.between(0.9, 1.05)
    if night:
        warm, level = warm + 0.08, level * dice.between(0.76, 0.9)
    angle = dice.between(-1.3, 1.3)
    return Light(
        tint=(level * (1 + warm), level, level * (1 - 1.3 * warm)),
        sun=(math.sin(angle) * 0.8, 0.45, -math.cos(angle) * 0.5),
        zenith=dice.pick(((140.0, 185.0, 225.0), (200.0, 212.0, 222.0), (235.0, 200.0, 170.0))),
        night=night,
    )
