"""Optimisers that bring the features of pictures to those of others, and the distance that they lower."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.network.rectifiers.override import rectified
from visualize.methods.network.rectifiers.reach import held_back
from visualize.methods.network.rectifiers.rules import Leak
from visualize.methods.network.run.way_back import way_back
from visualize.methods.optimization.adam import Adam
from visualize.methods.optimization.parametrization import Fourier
from visualize.methods.optimization.priors import alpha_norm, push_variation
from visualize.methods.optimization.schedule import half_cosine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.methods.network.precision import Arithmetic
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.rectifiers.rules import Rule
    from visualize.methods.optimization.features import Features


SPREAD = 68.9
"""Root mean square of natural pictures around their mean colour, in 0..255: the paper's sigma for one value, 27098 for
227 x 227 pixels of three colours."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """Settings of the optimiser.

    Args:
        steps: how many.
        rate: the step size.
        alpha, tv: the weights of the alpha-norm and of total variation, by the paper's scale.
        leak: the part of a gradient that passes a rectifier that is off, at the first step; it falls to 0.
    """

    steps: int
    rate: float
    alpha: float
    tv: float
    leak: float = 0.0


class Goal:
    """Features that a batch of pictures should have, and the distance from them.

    For several parts the normalised squared distances are averaged. A part whose wanted features are all zero has no
    distance: nothing is wanted of it. ``reached`` says whether the last step found a way back to the pictures, ``held``
    whether a hard rectifier was on it in the last step that followed a rule, and ``sound`` of which rows the first
    step's gradient was finite.

    Args:
        probe: the network.
        wanted: the features that are compared.
        pictures: N x 3 x H x W in 0..1, each row the one whose features its picture should have.
        arithmetic: of the network in a step; by default the probe's own, in which distances are measured either way.
    """

    def __init__(self, probe: Probe, wanted: Features, pictures: Tensor, arithmetic: Arithmetic | None = None) -> None:
        self._probe = probe
        self._steps_by = probe if arithmetic is None else arithmetic
        self._wanted = wanted
        self._layers = list(dict.fromkeys(part.layer for part in wanted))
        with torch.no_grad():
            self._codes = self._features(pictures, probe)
        sizes = torch.stack([_squared(code) for code in self._codes])
        self.finite = sizes.isfinite().all(0)
        self.empty = ~(sizes > 0).any(0)
        self.reached = True
        self.held = True
        self.sound: Tensor | None = None
        self._scales = list(1 / (sizes.where(sizes > 0, torch.inf) * (sizes > 0).sum(0).clamp(min=1)))

    def _features(self, pictures: Tensor, by: Probe | Arithmetic) -> list[Tensor]:
        maps = by.activations(pictures, self._layers)
        return [part.of(maps[part.layer]) for part in self._wanted]

    def distance(self, pictures: Tensor) -> Tensor:
        """Distances ``||Phi(x) - Phi_0||^2 / ||Phi_0||^2`` (equation 3), N values in float64."""
        with torch.no_grad():
            codes = self._features(pictures, self._probe)
        return self._distances([now - goal for now, goal in zip(codes, self._codes, strict=True)])

    def _distances(self, away: Sequence[Tensor]) -> Tensor:
        each = [_squared(difference) * scale for difference, scale in zip(away, self._scales, strict=True)]
        return each[0] if len(each) == 1 else torch.stack(each).sum(0)

    def step(self, pictures: Tensor, rule: Rule | None = None) -> tuple[Tensor, Tensor]:
        """Distances, N values, and their gradient with respect to the pictures, N x 3 x H x W.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.
            rule: of the rectifiers on the way back; by default torch's own derivatives.
        """
        leaf = pictures.detach().requires_grad_()
        with torch.enable_grad(), nullcontext() if rule is None else rectified(rule):
            codes = self._features(leaf, self._steps_by)
        if rule is not None:
            self.held = held_back(codes)
        away = [now.detach() - goal for now, goal in zip(codes, self._codes, strict=True)]
        distances = self._distances(away)
        reached = [place for place, code in enumerate(codes) if code.requires_grad]
        self.reached = bool(reached)
        if not reached:
            return distances, torch.zeros_like(leaf)
        heads = [_rows(away[place], 2 * self._scales[place]) for place in reached]
        gradient = way_back([codes[place] for place in reached], leaf, heads)
        if gradient is None:
            gradient = torch.zeros_like(leaf)
        if self.sound is None:
            self.sound = gradient.isfinite().flatten(1).all(1)
        return distances, gradient


def _squared(rows: Tensor) -> Tensor:
    """Squared norm of each row, in float64; no copy is made, however the rows lie in memory."""
    norms: Tensor = torch.linalg.vector_norm(rows, dim=tuple(range(1, rows.dim())))
    return norms.double().square()


def _rows(values: Tensor, weights: Tensor) -> Tensor:
    """Multiply each row by its weight, in place."""
    return values.mul_(weights.to(values).view(-1, *[1] * (values.dim() - 1)))


class Natural:
    """Priors on natural pictures, which both optimisers add to a goal, as the paper scales and writes them.

    ``(lambda_alpha R_alpha(z) + lambda_V R_V(z)) / (2 sigma^2)`` for ``z = 255 x - mean colour``, sigma the norm of
    natural pictures of that size.

    Args:
        course: the settings, with the priors' weights.
        mean: the mean colour of the network's pictures, 3 values in 0..255.
    """

    def __init__(self, course: Course, mean: Tensor) -> None:
        self._course = course
        self.mean = mean.view(1, 3, 1, 1)

    def push(self, gradient: Tensor, z: Tensor, scale: float) -> None:
        """Add ``scale`` times sigma^2 times the gradient of the priors to ``gradient``, in place.

        Args:
            gradient: N x 3 x H x W, with respect to ``z``.
            z: N x 3 x H x W; for total variation alone any picture that differs from it by a constant will do.
            scale: the factor.
        """
        if self._course.tv:
            push_variation(gradient, z, scale * self._course.tv / 2)
        if self._course.alpha:
            gradient.add_(alpha_norm(z)[1], alpha=scale * self._course.alpha / 2)


class Optimiser(ABC):
    """Optimiser of a batch of pictures, whose features come near a goal's; rows do not depend on each other.

    Args:
        course: the settings.
        mean: the mean colour of the network's pictures, 3 values in 0..255.
        size: (height, width) of the pictures.
    """

    def __init__(self, course: Course, mean: Tensor, size: tuple[int, int]) -> None:
        self._course = course
        self._size = size
        self._natural = Natural(course, mean)

    @abstractmethod
    def __call__(self, goal: Goal, start: Sequence[torch.Generator], tell: Callable[[], None]) -> tuple[Tensor, Tensor]:
        """Start from noise, one generator for each row; ``tell`` is called after each step.

        Returns:
            the pictures, N x 3 x H x W, and at every step the distance, N x steps.
        """


class Spectral(Optimiser):
    """Adam on spectra in decorrelated colours, with a rate that falls along a half cosine.

    The rectifiers leak at first on the gradient's way back: features that are off in the picture so far, and on in the
    one that is looked for, would else never get a gradient.
    """

    _LEAKS = 0.9  # of the steps, after which rectifiers leak no more
    _BETAS = (0.9, 0.95)
    _LAST = 0.01  # the rate at the end, of that at the start

    def __call__(self, goal: Goal, start: Sequence[torch.Generator], tell: Callable[[], None]) -> tuple[Tensor, Tensor]:
        """Bring the pictures' features nearer to the goal's."""
        write, course, mean = Fourier(), self._course, self._natural.mean
        drawn = torch.cat([write.start(1, self._size, generator) for generator in start])
        numbers = drawn.to(mean.device)
        optimiser = Adam(numbers, self._BETAS)
        pixels = 3 * self._size[0] * self._size[1]
        curve = []
        for step in range(course.steps):
            done = step / course.steps
            pictures = write.drawn(numbers, self._size)
            slope = course.leak * (1 - done / self._LEAKS)
            distances, gradient = goal.step(pictures, Leak(slope) if slope > 0 and goal.held else None)
            gradient = gradient.to(pictures.dtype)
            if course.alpha:
                self._natural.push(gradient, pictures * 255 - mean, 255 / (SPREAD**2 * pixels))
            else:  # total variation of 255 x is 255^2 times that of x: two passes over the pictures less
                self._natural.push(gradient, pictures, 255**2 / (SPREAD**2 * pixels))
            optimiser.step(write.gradient(gradient, pictures), course.rate * half_cosine(done, self._LAST))
            curve.append(distances)
            tell()
        return write.drawn(numbers, self._size), torch.stack(curve, 1)


class Paper(Optimiser):
    """Gradient descent with momentum on the pixels, the paper's own (section 2.3 and its published settings).

    ``mu <- 0.9 mu - rate sigma^2 gradient E``, ``z <- z + mu``, from white noise of the norm sigma. Its 400 steps go at
    the full rate for a quarter, a tenth of it for a half and a hundredth for a quarter, with the momentum forgotten
    whenever the rate falls; other numbers of steps are parted alike. Pictures are not kept within 0..1, except by the
    alpha-norm, and the setting ``leak`` is not used.
    """

    _MOMENTUM = 0.9

    def __call__(self, goal: Goal, start: Sequence[torch.Generator], tell: Callable[[], None]) -> tuple[Tensor, Tensor]:
        """Bring the pictures' features nearer to the goal's."""
        mean = self._natural.mean
        noise = torch.cat([torch.randn(1, 3, *self._size, generator=generator) for generator in start])
        z = (noise * SPREAD / noise.square().mean((1, 2, 3), keepdim=True).sqrt()).to(mean.device)
        sigma = SPREAD**2 * 3 * self._size[0] * self._size[1]
        moving, before, curve = torch.zeros_like(z), 0.0, []
        for step in range(self._course.steps):
            rate = self._course.rate * _falling(step, self._course.steps)
            if rate != before:
                moving.zero_()
            before = rate
            distances, gradient = goal.step((z + mean) / 255)
            moving.mul_(self._MOMENTUM).sub_(gradient.to(z.dtype), alpha=rate * sigma / 255)
            self._natural.push(moving, z, -rate)
            z += moving
            curve.append(distances)
            tell()
        return (z + mean) / 255, torch.stack(curve, 1)


OPTIMISERS: dict[str, type[Optimiser]] = {"spectral": Spectral, "paper": Paper}
DEFAULTS = {
    "spectral": {"rate": 0.07, "alpha": 0.0, "tv": 1e-3, "leak": 0.1},
    "paper": {"rate": 0.004, "alpha": 8e-10, "tv": 1.0, "leak": 0.0},
}


def _falling(step: int, steps: int) -> float:
    """Part of the rate that is left at a step: 1, then 0.1, then 0.01."""
    return 1.0 if 4 * step < steps else 0.1 if 4 * step < 3 * steps else 0.01
