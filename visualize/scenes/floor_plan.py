"""Places for furniture that does not overlap, and an order of drawing in which the farthest thing comes first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from visualize.scenes.random_stream import Dice
from visualize.scenes.render.camera import Frame, Spot, View

if TYPE_CHECKING:
    from visualize.scenes.objects.room import Room


P = ParamSpec("P")
Painter = Callable[[Spot, Dice], None]
Area = tuple[float, float, float, float]  # of the floor: x from and to, z from and to, metres


class Stage:
    """Things waiting to be drawn, the farthest first.

    Args:
        view: the camera.
        dice: passed on to each thing.
    """

    def __init__(self, view: View, dice: Dice) -> None:
        self.view, self.dice = view, dice
        self._things: list[tuple[float, int, Callable[[], None]]] = []

    def add(
        self, spot: Spot, thing: Callable[Concatenate[Spot, Dice, P], None], *details: P.args, **options: P.kwargs
    ) -> None:
        """Let a thing be drawn when its turn comes, with its further arguments."""
        depth = self.view.depth(spot.origin[0], spot.origin[2])
        self._things.append((-depth, len(self._things), lambda: thing(spot, self.dice, *details, **options)))

    def draw(self) -> None:
        """Draw everything and forget it: stage and things hold each other, and would keep the canvas in memory."""
        things, self._things = sorted(self._things, key=lambda thing: thing[:2]), []
        for _, _, draw in things:
            draw()


class Plan(Stage):
    """A room being furnished.

    Args:
        room: the empty room.
        dice: decides where things go.
    """

    def __init__(self, room: Room, dice: Dice) -> None:
        super().__init__(room.view, dice)
        self.room = room
        self._taken: list[Area] = []
        self._hung: list[tuple[str, float, float]] = []

    def place(self, wide: float, deep: float, where: Sequence[str], *, tall: bool = False) -> Spot | None:
        """Find room for something on the floor; None if there is none.

        Args:
            wide: along its front, metres.
            deep: from its front to its back.
            where: "back", "left", "right" (against that wall) or "middle"; tried in any order.
            tall: nothing can hang above it.
        """
        dice, half = self.dice, self.room.wide / 2
        for attempt in range(30):
            wall = dice.pick(where)
            if wall == "back":
                x, z, heading = dice.between(-half + wide / 2, half - wide / 2), self.room.deep - deep / 2 - 0.03, 0.0
            elif wall == "middle":
                x, z = (
                    dice.between(-half + wide / 2, half - wide / 2),
                    dice.between(1.9, max(2.0, self.room.deep - deep / 2 - 0.4)),
                )
                heading = 0.0
            else:
                x = (half - deep / 2 - 0.03) * (1 if wall == "right" else -1)
                z, heading = dice.between(1.5, self.room.deep - wide / 2), math.pi / 2 * (1 if wall == "right" else -1)
            spans = (wide, deep) if heading == 0 else (deep, wide)
            area = (x - spans[0] / 2, x + spans[0] / 2, z - spans[1] / 2, z + spans[1] / 2)
            if (
                area[2] < self.view.eye[2] + 0.9
                or abs(x) + spans[0] / 2 > half
                or any(_overlap(area, taken) for taken in self._taken)
            ):
                continue
            if attempt < 26 and not self._in_view(x, z):
                continue
            self._taken.append(area)
            if tall and wall != "middle":
                self._block(wall, x + half if wall == "back" else z, wide)
            return self.view.spot(x, z, heading)
        return None

    def put(self, thing: Painter, wide: float, deep: float, where: Sequence[str], *, tall: bool = False) -> Spot | None:
        """Find room for a thing and add it."""
        spot = self.place(wide, deep, where, tall=tall)
        if spot is not None:
            self.add(spot, thing)
        return spot

    def hang(self, wide: float, high: float, where: Sequence[str] = ("back", "left", "right")) -> Frame | None:
        """Find a free stretch of wall: a frame counted from its middle, ``high`` above the floor; None without room."""
        walls = {"back": self.room.back, "left": self.room.left, "right": self.room.right}
        for _ in range(6):
            wall = self.dice.pick(where)
            low, top = (
                (0.1, self.room.wide - 0.1)
                if wall == "back"
                else (max(1.2, self.view.eye[2] + 1), self.room.deep - 0.1)
            )
            if top - low < wide:
                continue
            u = self.dice.between(low + wide / 2, top - wide / 2)
            if any(name == wall and abs(u - at) < (wide + span) / 2 for name, at, span in self._hung):
                continue
            self._block(wall, u, wide)
            return walls[wall].at(u, high)
        return None

    def block_unit(self, wall: str, along: float, wide: float, *, tall: bool) -> None:
        """Mark the place of a kitchen unit.

        ``along`` counts metres from the left along the back wall, and from the back along the other walls.
        """
        half, deep, thick = self.room.wide / 2, self.room.deep, 0.75
        if wall == "back":
            self._taken.append((along - half - wide / 2, along - half + wide / 2, deep - thick, deep))
        else:
            left, right = (half - thick, half) if wall == "right" else (-half, thick - half)
            self._taken.append((left, right, deep - along - wide / 2, deep - along + wide / 2))
        if tall:
            self._block(wall, along if wall == "back" else deep - along, wide)

    def _in_view(self, x: float, z: float) -> bool:
        """Whether something that stands there shows in the picture."""
        across, down = self.view.stand(x, z).pixel(0, 0.5)
        side = self.view.canvas.side
        return 0.1 * side < across < 0.9 * side and down < 0.88 * side

    def _block(self, wall: str, at: float, span: float) -> None:
        self._hung.append((wall, at, span))


def _overlap(area: Area, other: Area) -> bool:
    """Whether two areas of the floor come closer to each other than the gap that is left between things."""
    gap = 0.04
    beside = area[0] < other[1] + gap and other[0] < area[1] + gap
    return beside and area[2] < other[3] + gap and other[2] < area[3] + gap
