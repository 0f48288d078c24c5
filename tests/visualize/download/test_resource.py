"""A published file's hashes and names, as its publisher states them."""

from __future__ import annotations

from visualize.download.resource import Resource


def test_stated_hashes_are_lower_case_and_others_are_left_out() -> None:
    resource = Resource(file="net.bin", sha256="0123ABCD", md5="FF00")
    assert resource.hashes == {"sha256": "0123abcd", "md5": "ff00"}
    assert Resource(file="net.bin").hashes == {}


def test_names_are_its_own_and_those_at_its_addresses_each_once() -> None:
    sources = ("https://a.example/v1/net-01.bin", "https://b.example/net.bin", "https://c.example/net-01.bin")
    assert Resource(file="net.bin", sources=sources).names == ("net.bin", "net-01.bin")
