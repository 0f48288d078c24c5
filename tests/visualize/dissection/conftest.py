"""Power cuts are not tried here."""

from __future__ import annotations

from tests.kit.disk import no_waiting_for_the_disk

__all__ = ["no_waiting_for_the_disk"]
