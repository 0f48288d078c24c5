"""Networks of torch.hub: a repository's code is downloaded and run, which only a user who trusts it may ask for."""

from __future__ import annotations

import contextlib
import re
import sys
from types import MappingProxyType
from typing import Any

from visualize.download.offline import require_online
from visualize.methods.errors import InputError, suggest, with_kind
from visualize.methods.reference import Reference
from visualize.models import trust
from visualize.models.model_entry import ModelEntry
from visualize.models.sources.user_function import IMAGENET

NETWORK = Reference(__name__, "network")
PREFIX = "hub/"
_NAME = re.compile(r"hub/(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<branch>[\w./-]+))?:(?P<entry>\w+)")


def hub_entry(name: str) -> ModelEntry:
    """The catalogue entry of ``hub/OWNER/REPO:ENTRY`` or ``hub/OWNER/REPO@BRANCH:ENTRY``; nothing is downloaded for it.

    Raises:
        InputError: the name has another form.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise InputError(
            f"{name!r} names no network of torch.hub; write hub/OWNER/REPO:ENTRY, or hub/OWNER/REPO@BRANCH:ENTRY"
        )
    repository = match["repository"] + (f":{match['branch']}" if match["branch"] else "")
    return ModelEntry(
        name=name,
        title=f"{match['entry']} of github.com/{match['repository']}, by torch.hub",
        task="",
        architecture=NETWORK,
        arguments=MappingProxyType({"repository": repository, "entry": match["entry"]}),
        preparation=IMAGENET,
        notes=(
            "prepared as for ImageNet; trained as its entry trains it",
            "its repository's code was downloaded and run",
        ),
    )


def network(repository: str, entry: str, *, pretrained: bool = True) -> object:
    """The result of a repository's entry, which is called with ``pretrained`` where it takes that.

    Args:
        repository: OWNER/REPO, or OWNER/REPO:BRANCH as torch.hub writes it.
        entry: name of a function in the repository's ``hubconf.py``.
        pretrained: ask for trained weights.

    Raises:
        InputError: downloads are forbidden, the user does not trust the code, there is no such repository or entry, or
            its code fails.
    """
    where, _, branch = repository.partition(":")  # as torch.hub writes a branch; users write @
    name = f"hub/{where}{f'@{branch}' if branch else ''}:{entry}"
    require_online(
        f"{name} is loaded by torch.hub, which asks github.com and may download weights",
        f"give the function in a copy of the repository, as path/to/hubconf.py:{entry}",
    )
    trust.require(f"{name} would download code from github.com/{where} and run it")
    import torch

    try:
        with contextlib.redirect_stdout(sys.stderr):  # what its code prints is no result
            entries: list[str] = torch.hub.list(  # type: ignore[no-untyped-call]
                repository, trust_repo=True, skip_validation=True, verbose=False
            )
            if entry in entries:
                return _called(repository, entry, pretrained=pretrained)
    except Exception as fault:
        reason = with_kind(fault)[:200]
        raise InputError(f"{name} cannot be loaded ({reason})") from fault
    raise InputError(f"github.com/{where} has no entry {entry!r}{suggest(entry, entries)}")


def _called(repository: str, entry: str, *, pretrained: bool) -> object:
    """The result of an entry, called with ``pretrained``, and without it where the entry does not take it."""
    import torch

    options: dict[str, Any] = {"trust_repo": True, "skip_validation": True, "verbose": False}
    try:
        result: object = torch.hub.load(repository, entry, pretrained=pretrained, **options)  # type: ignore[no-untyped-call]
    except TypeError as fault:
        if "pretrained" not in str(fault):
            raise
        result = torch.hub.load(repository, entry, **options)  # type: ignore[no-untyped-call]
    return result
