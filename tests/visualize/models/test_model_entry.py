"""A catalogue entry's weights as published files."""

from __future__ import annotations

from dataclasses import replace

from visualize.download.resource import Resource
from visualize.models import entry_of


def test_a_file_is_published_under_the_facts_of_its_entry() -> None:
    entry = entry_of("places-resnet18")
    facts = (entry.file, entry.sources, entry.sha256, entry.sha1, entry.md5, entry.size)
    resource = entry.resource
    assert resource is not None
    assert facts == (resource.file, resource.sources, resource.sha256, resource.sha1, resource.md5, resource.size)


def test_files_with_the_same_weights_follow_the_preferred_one() -> None:
    entry = replace(entry_of("places-resnet18"), others=(Resource(file="a.pth"), Resource(file="b.pth")))
    assert [resource.file for resource in entry.resources] == [entry.file, "a.pth", "b.pth"]


def test_nothing_is_published_for_what_is_embedded_or_has_no_file() -> None:
    for name in ("scenes-alexnet", "random/places-resnet18", "torchvision/resnet18:none"):
        assert entry_of(name).resource is None
        assert entry_of(name).resources == ()
