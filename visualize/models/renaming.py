"""The names that published files give weights -> the names that the networks here give them.

Each function takes the file's weights, the model's catalogue entry and the names in the network's state dict, and
returns the weights under the network's names. A name that it does not know stays, so that a file that has the right
names already loads too.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from visualize.models.layer_aliases import torchvision_aliases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import Tensor

    from visualize.models.model_entry import ModelEntry

# what DataParallel, AveragedModel, torch.compile, Lightning and FSDP put into the names of weights
_WRAPPERS = {"module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.")  # names torch allowed until 0.4
_COUNT = "num_batches_tracked"
_CAPTUM = {"conv1": "conv1.7x7_s2", "conv2": "conv2.3x3_reduce", "conv3": "conv2.3x3", "fc": "loss3.classifier"}
_VISSL = {"0": 1, "2": 2, "4": 3, "5": 4, "6": 5}  # place in the list of blocks -> number of the convolution
_BRANCHES = {
    "1": ("downsample.0", "downsample.1"),
    "2a": ("conv1", "bn1"),
    "2b": ("conv2", "bn2"),
    "2c": ("conv3", "bn3"),
}


def renamings(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Iterator[Mapping[str, Tensor]]:
    """The weights of a file under every set of names that may be the network's, the likeliest first.

    The names of the file; those that the catalogue entry asks for; without the parts that DataParallel and
    torch.compile put between; with the names that torch gave DenseNets until 0.4; without a beginning that the names of
    all the network's weights share.

    Args:
        state: the file's weights by name.
        entry: the model's catalogue entry.
        names: names of the network's weights.
    """
    yield state  # this very object: torch keeps the versions of modules in an attribute of it
    plain = unwrapped(state)
    unprefixed = _without(state, entry.prefix) if entry.prefix else plain
    if entry.rename:
        yield entry.rename.load()(unprefixed, entry, names)
    if entry.prefix:
        yield unprefixed
    yield plain
    yield renamed(state, lambda name: _OLD_DENSENET.sub(r"\1\2.", name))
    yield renamed(plain, lambda name: _OLD_DENSENET.sub(r"\1\2.", name))
    for given in (plain, state):
        prefix = _shared_prefix(given, names)
        if prefix:
            yield _without(given, prefix)


def _without(state: Mapping[str, Tensor], prefix: str) -> Mapping[str, Tensor]:
    """The weights whose names begin with a prefix, under their names without it."""
    return OrderedDict((name.removeprefix(prefix), value) for name, value in state.items() if name.startswith(prefix))


def _shared_prefix(state: Mapping[str, Tensor], names: Sequence[str]) -> str:
    """The only beginning, such as "backbone.", under which a file has every weight of the network; "" without one.

    Where there are several (a student and its teacher), nothing says which is meant, and the result is "".
    """
    whole = whole_prefixes(state, names)
    return f"{whole[0]}." if len(whole) == 1 else ""


def unwrapped(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The weights under names without the parts that wrappers put into them."""
    return renamed(state, lambda name: ".".join(part for part in name.split(".") if part not in _WRAPPERS))


def whole_prefixes(state: Mapping[str, Tensor], names: Sequence[str]) -> list[str]:
    """Beginnings, such as "student" and "teacher", under each of which a file has every weight of the network."""
    wanted = [name for name in names if not name.endswith(_COUNT)]
    ends = [name.removesuffix(wanted[0]) for name in state if wanted and name.endswith(f".{wanted[0]}")]
    return [prefix[:-1] for prefix in ends if all(f"{prefix}{name}" in state for name in wanted)]


def renamed(state: Mapping[str, Tensor], rename: Callable[[str], str]) -> Mapping[str, Tensor]:
    """The tensors of a state dict under other names."""
    return OrderedDict((rename(name), tensor) for name, tensor in state.items())


def by_alias(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Mapping[str, Tensor]:  # noqa: ARG001
    """Layers under their aliases in the catalogue entry, alone ("conv5_3") or within a group ("features.conv5_3")."""

    def rename(name: str) -> str:
        layer, _, part = name.rpartition(".")
        module = entry.aliases.get(layer) or entry.aliases.get(layer.rpartition(".")[2]) or layer
        return f"{module}.{part}"

    return renamed(state, rename)


def slashes(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Mapping[str, Tensor]:  # noqa: ARG001
    """Caffe's "inception_4e/1x1" as "inception_4e.1x1", for torch splits names at dots only."""
    return renamed(state, lambda name: name.replace("/", "."))


def caffe_resnet(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Mapping[str, Tensor]:  # noqa: ARG001
    """He et al.'s names: res4b22_branch2a with bn4b22_branch2a (mean, variance) and scale4b22_branch2a (gain, bias)."""
    blocks = {alias[3:]: module for alias, module in torchvision_aliases(_torchvision(entry)).items()}

    def rename(name: str) -> str:
        layer, _, part = name.rpartition(".")
        if layer in {"bn_conv1", "scale_conv1"}:
            return f"bn1.{part}"
        if layer in {"fc365", "fc1000", "fc1365"}:
            return f"fc.{part}"
        match = re.fullmatch(r"(res|bn|scale)(\d\w+)_branch(1|2[abc])", layer)
        if match is None or match[2] not in blocks:
            return name
        return f"{blocks[match[2]]}.{_BRANCHES[match[3]][match[1] != 'res']}.{part}"

    return renamed(state, rename)


def in_order(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Mapping[str, Tensor]:  # noqa: ARG001
    """Weights in the network's own order under other names, as conversions from Lua's Torch number them."""
    wanted = [name for name in names if not name.endswith(_COUNT)]
    given = [tensor for name, tensor in state.items() if not name.endswith(_COUNT)]
    return OrderedDict(zip(wanted, given, strict=True)) if len(wanted) == len(given) else state


def captum_googlenet(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Mapping[str, Tensor]:  # noqa: ARG001
    """Captum's names: mixed4e.conv_1x1 and conv1, conv2, conv3, fc."""

    def rename(name: str) -> str:
        layer, _, part = name.rpartition(".")
        match = re.fullmatch(r"mixed(\d\w)\.(?:conv_)?(\w+)", layer)
        return f"inception_{match[1]}.{match[2]}.{part}" if match else f"{_CAPTUM.get(layer, layer)}.{part}"

    return renamed(state, rename)


def vissl_alexnet(state: Mapping[str, Tensor], entry: ModelEntry, names: Sequence[str]) -> Mapping[str, Tensor]:  # noqa: ARG001
    """VISSL's names: _feature_blocks.4.0 is conv3, _feature_blocks.4.1 its batch norm."""

    def rename(name: str) -> str:
        match = re.fullmatch(r"(?:trunk\.)?_feature_blocks\.(\d+)\.([01])\.(\w+)", name)
        if match is None or match[1] not in _VISSL:
            return name
        return f"{'bn' if match[2] == '1' else 'conv'}{_VISSL[match[1]]}.{match[3]}"

    return renamed(state, rename)


def _torchvision(entry: ModelEntry) -> str:
    return str(entry.arguments.get("name", ""))
