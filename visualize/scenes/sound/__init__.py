"""Sounds of scenes, made of what is visible in them, and the statistics by which they are told apart."""

from __future__ import annotations

from visualize.scenes.sound.clusters import CLUSTERS, Clusters, clustered, shipped
from visualize.scenes.sound.soundtrack import SOURCES, Source, amplitudes, soundtrack
from visualize.scenes.sound.synthesis import LENGTH, RATE, SECONDS
from visualize.scenes.sound.texture import GROUPS, SIZE, texture

__all__ = [
    "CLUSTERS",
    "GROUPS",
    "LENGTH",
    "RATE",
    "SECONDS",
    "SIZE",
    "SOURCES",
    "Clusters",
    "Source",
    "amplitudes",
    "clustered",
    "shipped",
    "soundtrack",
    "texture",
]
