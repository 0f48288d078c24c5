"""Networks of timm: catalogue entries, files, scaling, units wherever an output has them, and tokens as maps."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.refusal import refusal
from tests.visualize.models.networks import tokens_and_map
from visualize.data import open_labelled
from visualize.methods import Dissection, DissectionResult
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.top_images.result import TopResult
from visualize.methods.unit import Unit
from visualize.models import entry_of, load

if TYPE_CHECKING:
    from pathlib import Path


Probes = Callable[[str], Probe]


@pytest.fixture(scope="module")
def probe_of() -> Iterator[Probes]:
    """Probes by name, each loaded once for these tests."""
    cached = functools.cache(load)
    yield cached
    cached.cache_clear()


def test_without_timm_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with refusal("pip install 'viz-units[timm]'"):
        entry_of("timm/vit_tiny_patch16_224")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("timm/no_such_network", "timm has no network"), ("timm/resnet18:no_such_tag", "it has a1_in1k")],
)
def test_unknown_networks_and_weights_are_one_line(wrong: str, hint: str) -> None:
    pytest.importorskip("timm")
    with refusal(hint):
        entry_of(wrong)


def test_catalogue_entries_state_where_the_weights_are() -> None:
    pytest.importorskip("timm")
    entry = entry_of("timm/vit_tiny_patch16_224")
    assert entry.sources == (
        "https://huggingface.co/timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k/resolve/main/model.safetensors",
    )
    assert entry.classes == "imagenet"
    assert (entry.preparation.size, entry.preparation.mean) == ((224, 224), (0.5, 0.5, 0.5))
    assert entry_of("timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k").file == entry.file
    assert not entry_of("timm/vit_tiny_patch16_224:none").sources


def test_a_timm_network_takes_timm_s_own_file(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    from safetensors.torch import save_file

    torch.manual_seed(5)
    theirs = timm.create_model("vit_tiny_patch16_224").eval()
    save_file(theirs.state_dict(), tmp_path / "net.safetensors")
    probe = load("timm/vit_tiny_patch16_224", weights=tmp_path / "net.safetensors")
    pictures = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        expected = theirs(pictures * 2 - 1)
    torch.testing.assert_close(
        probe.activations(pictures, ["head"])["head"][:, :, 0, 0], expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("name", "layer", "units"),
    [
        ("timm/swin_tiny_patch4_window7_224:none", "patch_embed.proj", 96),
        ("timm/swin_tiny_patch4_window7_224:none", "layers.1", 192),
        ("timm/pvt_v2_b0:none", "patch_embed", 32),
        ("timm/pvt_v2_b0:none", "patch_embed.proj", 32),
        ("timm/convnext_atto:none", "stages.0.blocks.0.mlp.fc1", 160),
        ("timm/hiera_tiny_224:none", "patch_embed", 96),
    ],
)
def test_units_are_channels_wherever_an_output_has_them(name: str, layer: str, units: int, probe_of: Probes) -> None:
    pytest.importorskip("timm")
    _require_channels(probe_of(name), layer, units)


def test_units_of_an_outlooker_are_its_channels_which_come_last() -> None:
    """In timm's VOLO with one block a stage, where the published ones have up to 8 and take long to examine."""
    volo = pytest.importorskip("timm.models.volo")
    torch.manual_seed(5)
    network = volo.VOLO(layers=(1, 1, 1, 1), embed_dims=(48, 96, 96, 96), num_heads=(3, 6, 6, 6)).eval()
    _require_channels(Probe(network, prepare=Preparation((224, 224))), "network.0.0", 48)


def _require_channels(probe: Probe, layer: str, units: int) -> None:
    """As many as the weights make, and a spot in the picture moves the map where it lies."""
    assert probe.layer(layer).units == units
    dark = torch.zeros(1, 3, *probe.prepare.size)
    spot = dark.clone()
    spot[:, :, 8:24, 128:144] = 1
    maps = probe.activations(torch.cat([dark, spot]), [layer])[layer]
    place = int((maps[1] - maps[0]).abs().sum(0).argmax())
    rows, columns = maps.shape[2:]
    assert place // columns / rows == pytest.approx(16 / 224, abs=0.08)
    assert place % columns / columns == pytest.approx(136 / 224, abs=0.08)


def test_tokens_in_pieces_are_no_map_until_one_stands_for_each_piece() -> None:
    """Without attention a token depends on its own pixels alone: nothing but their place may change with them."""
    timm = pytest.importorskip("timm")
    torch.manual_seed(5)
    network = timm.create_model("hiera_tiny_224").eval()
    for block in network.blocks:
        block.attn.proj.weight.data.zero_()
    probe = Probe(network, prepare=Preparation((224, 224)), optimise=False)
    assert {name.split(".")[1] for name in probe.layers if name.startswith("blocks.")} == {"10", "11"}
    picture = torch.rand(1, 3, 224, 224)
    before = probe.respond(picture, ["blocks.11"])["blocks.11"]
    for row, column in ((0, 5), (2, 2), (6, 1)):
        covered = picture.clone()
        covered[..., 32 * row + 4 : 32 * row + 28, 32 * column + 4 : 32 * column + 28] = 0
        changed = (probe.respond(covered, ["blocks.11"])["blocks.11"] != before).any(1)[0]
        assert changed.nonzero().tolist() == [[row, column]]


@pytest.mark.parametrize("name", ["resnet50", "convnext_tiny", "vit_tiny_patch16_224", "beit_base_patch16_224"])
def test_pictures_are_scaled_as_timm_scales_them(name: str) -> None:
    timm = pytest.importorskip("timm")
    from visualize.models.sources.timm import timm_entry

    wanted = timm.data.create_transform(**timm.data.resolve_data_config(timm.get_pretrained_cfg(name).to_dict()))
    prepare = timm_entry(f"timm/{name}").preparation
    assert prepare.resize == wanted.transforms[0].size
    assert prepare.size == tuple(wanted.transforms[1].size)


@pytest.mark.parametrize(
    ("name", "special"),
    [
        ("timm/vit_tiny_patch16_224:none", 1),
        ("timm/deit_tiny_distilled_patch16_224:none", 2),
        ("random/dino-vit-s16", 1),
    ],
)
def test_a_block_s_patches_become_a_map_and_the_class_token_does_not(name: str, special: int, probe_of: Probes) -> None:
    """Token t of the sequence must be position t - special, row by row: the raw output says which."""
    pytest.importorskip("timm")
    probe = probe_of(name)
    layer = next(layer for layer in probe.layers if layer.endswith("blocks.3"))
    tokens, maps = tokens_and_map(probe, layer)
    assert tokens.shape[0] == 196 + special
    assert maps.shape == (1, tokens.shape[1], 14, 14)
    for row, column in ((0, 0), (0, 13), (13, 0), (13, 13), (6, 2)):
        torch.testing.assert_close(maps[0, :, row, column], tokens[special + 14 * row + column], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "size", "layer", "special"),
    [
        ("vit_small_patch14_reg4_dinov2", 70, "norm", 5),
        ("vit_medium_patch16_reg4_gap_256", 80, "blocks.1", 4),  # registers without a class token
    ],
)
def test_register_tokens_are_left_out_too(name: str, size: int, layer: str, special: int) -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    net = timm.create_model(name, img_size=size, depth=2, num_classes=0).eval()
    probe = Probe(net, prepare=Preparation(size=(size, size)))
    with torch.no_grad():
        tokens = net.forward_features(torch.zeros(1, 3, size, size))
    assert tokens.shape[1] == special + 25
    maps = probe.activations(torch.zeros(1, 3, size, size), [layer])[layer]
    torch.testing.assert_close(maps[0].flatten(1).T, tokens[0, special:], rtol=1e-4, atol=1e-5)


def test_a_patch_moves_the_map_where_it_lies_in_the_picture(probe_of: Probes) -> None:
    """Before attention mixes them: the first layer's map must differ only at the patch that was changed."""
    pytest.importorskip("timm")
    probe = probe_of("timm/vit_tiny_patch16_224:none")
    dark = torch.zeros(1, 3, 224, 224)
    spot = dark.clone()
    spot[:, :, 16 * 5 : 16 * 6, 16 * 9 : 16 * 10] = 1
    layer = next(
        name for name, layer in probe.layers.items() if layer.map_size == (14, 14) and name.startswith("blocks.0")
    )
    first = "pos_drop" if "pos_drop" in probe.layers else layer
    difference = (probe.activations(spot, [first])[first] - probe.activations(dark, [first])[first]).abs().sum(1)[0]
    assert (difference > 1e-6).nonzero().tolist() == [[5, 9]]


def test_torchvision_s_tokens_are_not_off_by_one(probe_of: Probes) -> None:
    """The class token comes first there too; the network's own output says which token is which."""
    probe = probe_of("torchvision/vit_b_16:none")
    layer = probe.layer("block2").name
    tokens, maps = tokens_and_map(probe, layer)
    assert tokens.shape[0] == 1 + 196
    torch.testing.assert_close(maps[0].flatten(1).T, tokens[1:], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["random/dino-vit-s16", "torchvision/vit_b_16:none", "timm/vit_tiny_patch16_224:none"])
def test_a_block_goes_by_one_name_in_every_library_and_sees_the_whole_picture(name: str, probe_of: Probes) -> None:
    pytest.importorskip("timm")
    probe = probe_of(name)
    assert probe.layer("block11").map_size == (14, 14)
    field = probe.layer("block11").field
    assert field is not None
    assert field.size == (224, 224)
    patches = next(iter(probe.layers.values()))  # the convolution that cuts the picture into patches
    assert patches.field is not None
    assert (patches.field.size, patches.field.stride) == ((16, 16), (16, 16))


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("timm/vit_tiny_patch16_224:none", ("patch_embed", "pos_drop", "blocks.0.norm1", "blocks.0.attn.qkv")),
        ("torchvision/vit_b_16:none", ("encoder.dropout", "encoder.layers.encoder_layer_0.ln_1")),
    ],
)
def test_tokens_see_their_patch_until_attention_mixes_them(name: str, local: tuple[str, ...], probe_of: Probes) -> None:
    """The receptive field holds just the pixels that a position's gradient reaches."""
    pytest.importorskip("timm")
    probe = probe_of(name)
    picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for layer in local:
        field = probe.layer(layer).field
        assert field is not None
        for place in ((0, 0), (5, 9), (13, 13)):
            score = probe.activations(picture, [layer])[layer][0, :, place[0], place[1]].square().sum()
            rows, columns = torch.autograd.grad(score, picture)[0].abs().sum((0, 1)).nonzero().unbind(1)
            reached = (int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
            assert field.window(*place, (224, 224)) == reached
    mixed = probe.layer("block0" if "block0" in probe.layers else "block1").field
    assert mixed is not None
    assert mixed.size == (224, 224)


def test_methods_run_on_a_transformer_with_random_weights(probe_of: Probes) -> None:
    pytest.importorskip("timm")
    probe = probe_of("timm/vit_tiny_patch16_224:none")
    unit = Unit("block11", 7)
    (dreamed,) = GradientAscent(steps=8, count=1, seed=0)(probe, [unit])
    noise = np.random.default_rng(0).integers(0, 256, (6, 224, 224, 3), np.uint8)
    (top,) = TopImages(count=3)(probe, [unit], Stack(list(noise)))
    assert isinstance(top, TopResult)
    assert top.activations == tuple(sorted(top.activations, reverse=True))
    pictures = torch.from_numpy(noise).permute(0, 3, 1, 2).float() / 255
    peaks = probe.activations(pictures, ["block11"])["block11"][:, 7].flatten(1).amax(1)
    assert top.activations[0] == pytest.approx(float(peaks.max()), rel=1e-4)
    assert all(np.isfinite(values).all() for values in dreamed.arrays().values())


def test_a_transformer_with_random_weights_is_dissected(probe_of: Probes) -> None:
    """The threshold is exceeded by just so many of the patches' positions as the quantile says."""
    pytest.importorskip("timm")
    probe = probe_of("timm/vit_tiny_patch16_224:none")
    images = open_labelled("scenes", count=4)
    pictures = np.stack([images.load(index, probe.prepare) for index in range(4)])
    maps = probe.activations(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255, ["block2"])["block2"]
    for number, result in enumerate(Dissection(quantile=0.05)(probe, probe.units("block2")[:3], images)):
        assert isinstance(result, DissectionResult)
        assert int((maps[:, number] > result.threshold + 1e-5).sum()) <= 0.05 * 4 * 196
        assert int((maps[:, number] > result.threshold - 1e-5).sum()) >= 0.05 * 4 * 196 - 1
        assert 0 < result.score <= 1
        assert result.panels()
