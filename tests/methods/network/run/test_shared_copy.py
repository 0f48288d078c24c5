"""A twin shares the memory of a network's weights; its state and hash follow them."""

from __future__ import annotations

import copy
import hashlib

import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE, InPlace, Residual, Storing, seeded
from tests.kit.pictures import pictures
from tests.kit.unchanged import unchanged
from visualize.methods.errors import InputError
from visualize.methods.network.run.shared_copy import state, twin, weights_sha256


@pytest.mark.parametrize("make", [InPlace, Residual, Storing])
def test_a_twin_shares_the_memory_of_weights_and_nothing_else(make: type[nn.Module]) -> None:
    network = seeded(make()).train()
    network(pictures(2, SIZE))
    with unchanged(network):
        copied = twin(network)
        copied(pictures(2, SIZE, seed=1))
        copied.register_forward_hook(lambda *_: None)
        for parameter in copied.parameters():
            assert not parameter.requires_grad
    assert not copied.training
    for (name, tensor), (other_name, other) in zip(
        network.state_dict().items(), copied.state_dict().items(), strict=True
    ):
        assert name == other_name
        assert torch.equal(tensor, other)
        assert (tensor.data_ptr() == other.data_ptr()) == (name in dict(network.named_parameters()))


def test_tied_weights_stay_tied_in_the_twin() -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1))
    network[1].weight = network[0].weight
    copied = twin(network)
    assert copied.get_parameter("0.weight") is copied.get_submodule("1").weight


def test_what_cannot_be_copied_is_the_users_error() -> None:
    class Closed(nn.Module):
        def __deepcopy__(self, memo: object) -> Closed:
            raise TypeError("it holds a lock")

    with pytest.raises(InputError, match=r"\(Closed\) cannot be copied to look into it: it holds a lock"):
        twin(Closed())


def test_the_state_changes_with_the_weights_and_only_then() -> None:
    network = seeded(Residual())
    modules = list(network.modules())
    before = state(modules)
    network.eval()
    network(pictures(1, SIZE))
    assert state(modules) == before
    with torch.no_grad():
        network.conv1.weight[0, 0, 0, 0] += 1
    assert state(modules) != before


def test_the_hash_is_that_of_names_shapes_and_bytes() -> None:
    network = nn.Linear(2, 1)
    digest = hashlib.sha256()
    for name, tensor in (("weight", network.weight), ("bias", network.bias)):
        digest.update(f"{name} {tuple(tensor.shape)} torch.float32\n".encode())
        digest.update(tensor.detach().numpy().tobytes())
    assert weights_sha256(network) == digest.hexdigest()


def test_a_copied_network_is_seen_as_the_same_however_its_weights_lie_in_memory() -> None:
    network = seeded(InPlace())
    other = copy.deepcopy(network).to(memory_format=torch.channels_last)
    strided = torch.empty(5, 3)[:, 0]
    assert network.conv.bias is not None
    other.conv.bias = nn.Parameter(strided.copy_(network.conv.bias.detach()))
    assert weights_sha256(other) == weights_sha256(network)
