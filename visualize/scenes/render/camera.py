"""Perspective: a pinhole camera, flat frames to draw on, and spots for things to stand on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from visualize.scenes.render.shading import SHADOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.canvas import Canvas, Pixel
    from visualize.scenes.render.ink import Ink
    from visualize.scenes.render.light import Vector
    from visualize.scenes.render.surfaces import Matrix


Point = tuple[float, float]  # on a frame: (u, v), metres
_NEAR = 0.12  # metres before the camera from which on things are drawn


class Frame:
    """A plane in space with metres on it; everything is drawn on one.

    Args:
        canvas: where it is drawn.
        matrix: from (u, v, 1) to (x w, y w, w) in fine pixels.
        shade: how bright the plane stands in the light.
        depth: its distance from the camera, for the haze.
    """

    __slots__ = ("canvas", "depth", "matrix", "shade")

    def __init__(self, canvas: Canvas, matrix: Matrix, shade: float, depth: float) -> None:
        self.canvas, self.matrix, self.shade, self.depth = canvas, matrix, shade, depth

    def pixel(self, u: float, v: float) -> Pixel:
        """The pixel at which a point of the frame appears."""
        m = self.matrix
        w = max(m[6] * u + m[7] * v + m[8], _NEAR)
        return (m[0] * u + m[1] * v + m[2]) / w, (m[3] * u + m[4] * v + m[5]) / w

    def at(self, u: float, v: float) -> Frame:
        """This plane, counted from another point of it."""
        m = self.matrix
        origin = [m[row] * u + m[row + 1] * v + m[row + 2] for row in (0, 3, 6)]
        matrix = (m[0], m[1], origin[0], m[3], m[4], origin[1], m[6], m[7], origin[2])
        return Frame(self.canvas, matrix, self.shade, self.depth)

    def scale(self, u: float = 0, v: float = 0) -> float:
        """Fine pixels to a metre, across, at a point."""
        here, there = self.pixel(u, v), self.pixel(u + 0.1, v)
        return 10 * math.hypot(there[0] - here[0], there[1] - here[1])

    def poly(self, points: Sequence[Point], ink: Ink) -> None:
        """Fill the outline through the points."""
        a, b, c, d, e, f, g, h, i = m = self.matrix
        outline: list[float] = []
        if g == h == 0:  # it faces the camera
            if i < _NEAR:
                return
            if b == d == 0:  # and stands upright in the picture
                for u, v in points:
                    outline += (a * u + c) / i, (e * v + f) / i
            else:
                for u, v in points:
                    outline += (a * u + b * v + c) / i, (d * u + e * v + f) / i
        elif min([g * u + h * v for u, v in points]) + i < _NEAR:
            for u, v in self._before_camera(points):
                outline += self.pixel(u, v)
        else:
            for u, v in points:
                w = g * u + h * v + i
                outline += (a * u + b * v + c) / w, (d * u + e * v + f) / w
        if len(outline) > 4:
            self.canvas.fill(outline, ink, self.shade, self.depth, m)

    def rect(self, left: float, low: float, right: float, high: float, ink: Ink) -> None:
        """Fill a rectangle."""
        a, b, c, d, e, f, g, h, i = m = self.matrix
        if b == d == g == h == 0 and i >= _NEAR:  # it faces the camera and stands upright in the picture
            x0, x1, y0, y1 = (a * left + c) / i, (a * right + c) / i, (e * high + f) / i, (e * low + f) / i
            self.canvas.fill([x0, y0, x1, y0, x1, y1, x0, y1], ink, self.shade, self.depth, m)
            return
        near, far = g * left, g * right
        w0, w1, w2, w3 = near + h * high + i, far + h * high + i, far + h * low + i, near + h * low + i
        if w0 < _NEAR or w1 < _NEAR or w2 < _NEAR or w3 < _NEAR:
            self.poly(((left, high), (right, high), (right, low), (left, low)), ink)
            return
        al, ar, bt, bl = a * left, a * right, b * high, b * low  # each product once: most shapes are rectangles
        dl, dr, et, el = d * left, d * right, e * high, e * low
        outline = [
            (al + bt + c) / w0,
            (dl + et + f) / w0,
            (ar + bt + c) / w1,
            (dr + et + f) / w1,
            (ar + bl + c) / w2,
            (dr + el + f) / w2,
            (al + bl + c) / w3,
            (dl + el + f) / w3,
        ]
        self.canvas.fill(outline, ink, self.shade, self.depth, m)

    def oval(self, u: float, v: float, wide: float, high: float, ink: Ink) -> None:
        """Fill an ellipse about (u, v), by its half axes."""
        self.poly([(u + wide * c, v + high * s) for c, s in _CIRCLE], ink)

    def half(self, u: float, v: float, wide: float, high: float, ink: Ink) -> None:
        """Fill the upper half of an ellipse (the lower one for a negative height)."""
        self.poly([(u + wide * c, v + high * s) for c, s in _HALF], ink)

    def line(self, start: Point, end: Point, width: float, ink: Ink) -> None:
        """Draw a straight bar."""
        across, up = end[0] - start[0], end[1] - start[1]
        long = math.hypot(across, up) or 1e-9
        a, b = -up / long * width / 2, across / long * width / 2
        self.poly(
            (
                (start[0] + a, start[1] + b),
                (end[0] + a, end[1] + b),
                (end[0] - a, end[1] - b),
                (start[0] - a, start[1] - b),
            ),
            ink,
        )

    def blob(self, centre: Point, radii: Point, ink: Ink, dice: Dice, rough: float = 0.12) -> None:
        """Fill an ellipse with an uneven rim: foliage, clouds, rocks."""
        (u, v), (wide, high) = centre, radii
        turn = dice.unit()
        points = []
        for step in range(14):
            angle = _TURN * (step + turn) / 14
            far = 1 + rough * (2 * dice.unit() - 1)
            points.append((u + wide * far * math.cos(angle), v + high * far * math.sin(angle)))
        self.poly(points, ink)

    def shadow(self, u: float, v: float, wide: float, high: float, strength: float = 0.32) -> None:
        """Darken softly what has been drawn round (u, v)."""
        x, y = self.pixel(u, v)
        left, right, up = self.pixel(u - wide, v), self.pixel(u + wide, v), self.pixel(u, v + high)
        radii = (max(abs(right[0] - left[0]) / 2, 1.0), max(abs(up[1] - y), abs(right[1] - left[1]) / 2, 1.0))
        self.canvas.veil((x, y), radii, SHADOW, strength)

    def shine(self, u: float, v: float, radius: float, strength: float = 0.35) -> None:
        """Brighten everything round (u, v) by warm light."""
        across = radius * self.scale(u, v)
        self.canvas.veil(self.pixel(u, v), (across, across), (255.0, 232.0, 176.0), strength, over_all=True)

    def _before_camera(self, points: Sequence[Point]) -> list[Point]:
        """The part of an outline that lies before the camera (Sutherland and Hodgman's clipping by one plane)."""
        m = self.matrix
        kept: list[Point] = []
        for (u0, v0), (u1, v1) in zip(points, [*points[1:], points[0]], strict=True):
            here, there = m[6] * u0 + m[7] * v0 + m[8] - _NEAR, m[6] * u1 + m[7] * v1 + m[8] - _NEAR
            if here >= 0:
                kept.append((u0, v0))
            if (here >= 0) != (there >= 0):
                share = here / (here - there)
                kept.append((u0 + share * (u1 - u0), v0 + share * (v1 - v0)))
        return kept


_TURN = 2 * math.pi
_CIRCLE = [(math.cos(2 * math.pi * step / 16), math.sin(2 * math.pi * step / 16)) for step in range(16)]
_HALF = [(math.cos(math.pi * step / 10), math.sin(math.pi * step / 10)) for step in range(11)]


class View:
    """The camera, level and looking along z, turned by ``yaw``.

    Args:
        canvas: what it draws on.
        eye: where it stands.
        yaw: radians to the right.
        focal: focal length in picture widths.
        centre: where the vanishing point lies in the picture, as shares of its width and height from the top left.
    """

    def __init__(
        self, canvas: Canvas, eye: Vector, *, yaw: float = 0, focal: float = 1, centre: Point = (0.5, 0.5)
    ) -> None:
        self.canvas, self.eye, self.yaw = canvas, eye, yaw
        self.light = canvas.light
        self._focal = focal * canvas.side
        self._x, self._y = centre[0] * canvas.side, centre[1] * canvas.side
        self._sin, self._cos = math.sin(yaw), math.cos(yaw)

    def depth(self, x: float, z: float) -> float:
        """Metres from the camera to a place, along the way it looks."""
        return self._sin * (x - self.eye[0]) + self._cos * (z - self.eye[2])

    def frame(self, origin: Vector, u: Vector, v: Vector, *, shade: float = 1, depth: float | None = None) -> Frame:
        """A plane through ``origin`` along the vectors u and v; ``depth`` overrides its distance for the haze."""
        return self.plane(origin, self.seen(u), self.seen(v), shade, depth)

    def plane(self, origin: Vector, u: Vector, v: Vector, shade: float, depth: float | None = None) -> Frame:
        """A plane as :meth:`frame` gives it, from vectors that :meth:`seen` has put into the picture."""
        eye = self.eye
        c = self.seen((origin[0] - eye[0], origin[1] - eye[1], origin[2] - eye[2]))
        matrix = (u[0], v[0], c[0], u[1], v[1], c[1], u[2], v[2], c[2])
        return Frame(self.canvas, matrix, shade, c[2] if depth is None else depth)

    def seen(self, vector: Vector) -> Vector:
        """A vector in the picture: (x w, y w, w)."""
        x, y, z = vector
        across, away = self._cos * x - self._sin * z, self._sin * x + self._cos * z
        return self._focal * across + self._x * away, -self._focal * y + self._y * away, away

    def ground(self, height: float = 0) -> Frame:
        """The level plane at a height; u is x and v is z."""
        return self.frame((0, height, 0), (1, 0, 0), (0, 0, 1), shade=self.light.on((0, 1, 0)), depth=0)

    def stand(self, x: float, z: float, y: float = 0) -> Frame:
        """An upright plane at a place that faces the camera: for round and thin things."""
        shade = self.light.on((-self._sin, 0, -self._cos))
        return self.frame((x, y, z), (self._cos, 0, -self._sin), (0, 1, 0), shade=shade)

    def backdrop(self, depth: float) -> Frame:
        """The picture plane itself: u counts picture widths from the left, v from the horizon up."""
        side = float(self.canvas.side)
        return Frame(self.canvas, (side, 0, 0, 0, -side, self._y, 0, 0, 1), 1.0, depth)

    @property
    def below(self) -> float:
        """How far the picture reaches below the horizon, in picture widths."""
        return 1 - self._y / self.canvas.side

    def spot(self, x: float, z: float, heading: float = 0, y: float = 0) -> Spot:
        """A place for a thing; heading 0 turns its front to the camera, counted in radians to its own left."""
        return Spot(self, (x, y, z), heading)


class Box(NamedTuple):
    """A block beside a spot, by its own directions: x to its right, y up, z to its back."""

    left: float
    right: float
    low: float
    high: float
    front: float
    back: float


class Spot:
    """A place and a direction: everything that stands there is described from it.

    Args:
        view: the camera.
        origin: the place.
        heading: radians.
    """

    def __init__(self, view: View, origin: Vector, heading: float) -> None:
        self.view, self.origin, self.heading = view, origin, heading
        self._sin, self._cos = math.sin(heading), math.cos(heading)
        self._sides: dict[str, tuple[Vector, Vector, Vector, float]] = {}

    def world(self, x: float, y: float, z: float) -> Vector:
        """A point beside the spot as a point in space."""
        way = self._turned(x, y, z)
        return self.origin[0] + way[0], self.origin[1] + way[1], self.origin[2] + way[2]

    def _turned(self, x: float, y: float, z: float) -> Vector:
        return self._cos * x + self._sin * z, y, self._cos * z - self._sin * x

    def moved(self, x: float, z: float, y: float = 0, turn: float = 0) -> Spot:
        """A spot beside this one."""
        return Spot(self.view, self.world(x, y, z), self.heading + turn)

    def stand(self, x: float = 0, z: float = 0, y: float = 0) -> Frame:
        """An upright frame there that faces the camera."""
        wx, wy, wz = self.world(x, y, z)
        return self.view.stand(wx, wz, wy)

    def flat(self, y: float = 0) -> Frame:
        """A level frame at a height; u is the spot's x, v its z."""
        return self.frame((0, y, 0), (1, 0, 0), (0, 0, 1), (0, 1, 0))

    def frame(self, origin: Vector, u: Vector, v: Vector, normal: Vector) -> Frame:
        """A plane beside the spot, lit by where its normal points."""
        shade = self.view.light.on(self._turned(*normal))
        return self.view.frame(self.world(*origin), self._turned(*u), self._turned(*v), shade=shade)

    def faces(self, point: Vector, normal: Vector) -> bool:
        """Whether a plane through a point shows its front to the camera."""
        return self._before(self.world(*point), self._turned(*normal))

    def _before(self, here: Vector, out: Vector) -> bool:
        """Whether the camera stands on that side of a place to which ``out`` points."""
        eye = self.view.eye
        return (eye[0] - here[0]) * out[0] + (eye[1] - here[1]) * out[1] + (eye[2] - here[2]) * out[2] > 0

    def face(self, box: Box, side: str) -> Frame | None:
        """One side of a box as a frame, (0, 0) at its lower left; None if the camera does not see it."""
        x, y, z = _SIDES[side][3]
        origin = self.world(box[x], box[y], box[z])
        normal, u, v, shade = self._sides.get(side) or self._side(side)
        return self.view.plane(origin, u, v, shade) if self._before(origin, normal) else None

    def _side(self, side: str) -> tuple[Vector, Vector, Vector, float]:
        """Normal, directions in the picture and brightness of that side, which all boxes here have in common."""
        normal, u, v = (self._turned(*vector) for vector in _SIDES[side][:3])
        view = self.view
        known = self._sides[side] = (normal, view.seen(u), view.seen(v), view.light.on(normal))
        return known

    def box(self, box: Box, ink: Ink, top: Ink | None = None) -> None:
        """Draw a block."""
        wide, high, deep = box.right - box.left, box.high - box.low, box.back - box.front
        for side in _SIDES:
            frame = self.face(box, side)
            if frame is not None:
                across = wide if side in {"front", "back", "top"} else deep
                frame.rect(0, 0, across, deep if side == "top" else high, top if top and side == "top" else ink)

    def boxes(self, boxes: Sequence[tuple[Box, Ink]]) -> None:
        """Draw several blocks, the farthest from the camera first."""
        eye = self.view.eye

        def away(block: tuple[Box, Ink]) -> float:
            box = block[0]
            x, y, z = self.world((box.left + box.right) / 2, (box.low + box.high) / 2, (box.front + box.back) / 2)
            return -((x - eye[0]) ** 2 + (y - eye[1]) ** 2 + (z - eye[2]) ** 2)

        for box, ink in sorted(boxes, key=away):
            self.box(box, ink)

    def prism(self, profile: Sequence[Point], depth: Point, ink: Ink, edges: Mapping[int, Ink] | None = None) -> Frame:
        """Draw a body with the same outline all along its depth.

        Args:
            profile: (x, y) round the outline, clockwise as seen from the front.
            depth: z of its front and its back.
            ink: of its ends and edges.
            edges: other inks, by edge: edge i runs from point i to point i + 1.

        Returns:
            the end that the camera sees, as a frame in x and y.
        """
        sides = [
            (*side, (edges or {}).get(edge, ink))
            for edge in range(len(profile))
            if (side := self._along(profile, edge, depth)) is not None
        ]
        for frame, long, paint in sorted(sides, key=lambda side: -side[0].depth):
            frame.rect(0, 0, long, depth[1] - depth[0], paint)
        near = self.faces((0, 0, depth[0]), (0, 0, -1))
        end = self.frame((0, 0, depth[0 if near else 1]), (1, 0, 0), (0, 1, 0), (0, 0, -1 if near else 1))
        end.poly(profile, ink)
        return end

    def _along(self, profile: Sequence[Point], edge: int, depth: Point) -> tuple[Frame, float] | None:
        """The side of a prism along an edge of its profile, and how long the edge is; None for one that is not seen."""
        (x0, y0), (x1, y1) = profile[edge], profile[(edge + 1) % len(profile)]
        long = math.hypot(x1 - x0, y1 - y0) or 1e-9
        along: Vector = ((x1 - x0) / long, (y1 - y0) / long, 0)
        normal: Vector = (-along[1], along[0], 0)  # outwards, since the outline runs clockwise
        if not self.faces((x0, y0, depth[0]), normal):
            return None
        return self.frame((x0, y0, depth[0]), along, (0, 0, 1), normal), long


# side: its normal, the directions of u and v, and which of a box's bounds its lower left corner has
_SIDES: Mapping[str, tuple[Vector, Vector, Vector, tuple[int, int, int]]] = {
    "back": ((0, 0, 1), (-1, 0, 0), (0, 1, 0), (1, 2, 5)),
    "left": ((-1, 0, 0), (0, 0, -1), (0, 1, 0), (0, 2, 5)),
    "right": ((1, 0, 0), (0, 0, 1), (0, 1, 0), (1, 2, 4)),
    "top": ((0, 1, 0), (1, 0, 0), (0, 0, 1), (0, 3, 4)),
    "front": ((0, 0, -1), (1, 0, 0), (0, 1, 0), (0, 2, 4)),
}
