"""Everyday scenes, drawn on the fly with pixel-exact labels: the data that the toolkit carries with it."""

from __future__ import annotations

from visualize.scenes.scenes import SPLITS, Scene, Scenes, render, render_flat
from visualize.scenes.vocabulary import CATEGORIES, CONCEPTS, KINDS, NUMBERS, Concept, concept

__all__ = [
    "CATEGORIES",
    "CONCEPTS",
    "KINDS",
    "NUMBERS",
    "SPLITS",
    "Concept",
    "Scene",
    "Scenes",
    "concept",
    "render",
    "render_flat",
]
