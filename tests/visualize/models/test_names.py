"""Networks by prefix: random twins, timm, torch.hub, TorchScript files; and the readers that came with them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from methods.ascent.method import GradientAscent
from methods.errors import InputError
from methods.pictures.images import Stack
from methods.top_images.method import TopImages
from methods.top_images.result import TopResult
from methods.unit import Unit
from visualize.models import card, load, names
from visualize.models.readers import read
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from pathlib import Path

    from methods.network.probe import Probe


def refused(name: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load(name, **options)  # type: ignore[arg-type]  # wrong values on purpose
    message = str(caught.value)
    assert "\n" not in message
    return message


def weights(name: str) -> torch.Tensor:
    return torch.cat([value.flatten() for value in load(name).network.parameters()][:4])


@pytest.mark.parametrize("name", ["places-squeezenet", "scenes-alexnet", "torchvision/squeezenet1_1"])
def test_an_untrained_twin_has_its_seed_s_weights(name: str) -> None:
    first, again, other = (weights(f"random/{name}{seed}") for seed in ("", "#0", "#1"))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_every_card_has_an_untrained_twin() -> None:
    for name in names():
        twin = card(f"random/{name}")
        assert (twin.architecture, twin.aliases, twin.preparation) == (
            card(name).architecture, card(name).aliases, card(name).preparation,
        )  # fmt: skip
        assert not twin.resources
        assert not twin.embedded


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("random/places-alexnot", "did you mean places-alexnet"),
        ("random/places-alexnet#x", "the seed 'x' is no whole number"),
        ("random/random/places-alexnet", "random/places-alexnet is an untrained twin already"),
        ("random/some.module:function", "there is no module some.module"),
        ("random/gone.py:function", "no file gone.py"),
        ("hub/nothing", "names no network of torch.hub; write hub/OWNER/REPO:ENTRY"),
        ("hub/owner/repo:entry", "would download code from github.com/owner/repo and run it"),
        ("timm/no_such_network", "timm has no network"),
        ("timm/resnet18:no_such_tag", "it has a1_in1k"),
    ],
)
def test_wrong_names_are_one_line(wrong: str, told: str) -> None:
    if wrong.startswith("timm"):
        pytest.importorskip("timm")
    assert told in refused(wrong)


def test_without_timm_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "pip install 'viz-units[timm]'" in refused("timm/vit_tiny_patch16_224")


def test_timm_s_cards_state_where_the_weights_are() -> None:
    pytest.importorskip("timm")
    found = card("timm/vit_tiny_patch16_224")
    assert found.sources == (
        "https://huggingface.co/timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k/resolve/main/model.safetensors",
    )
    assert found.classes == "imagenet"
    assert (found.preparation.size, found.preparation.mean) == ((224, 224), (0.5, 0.5, 0.5))
    assert card("timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k").file == found.file
    assert not card("timm/vit_tiny_patch16_224:none").sources


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


def _tokens(probe: Probe, layer: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What a block gives for a picture, tokens x channels, by a hook on the network itself; and the probe's map."""
    raw: list[torch.Tensor] = []
    handle = probe.network.get_submodule(layer).register_forward_hook(lambda _m, _i, out: raw.append(out.detach()))
    pictures = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        probe.network(probe.prepare(pictures))
    handle.remove()
    return raw[0][0], probe.activations(pictures, [layer])[layer]


@pytest.mark.parametrize(
    ("name", "special"),
    [
        ("timm/vit_tiny_patch16_224:none", 1),
        ("timm/deit_tiny_distilled_patch16_224:none", 2),
        ("random/dino-vit-s16", 1),
    ],
)
def test_a_block_s_patches_become_a_map_and_the_class_token_does_not(name: str, special: int) -> None:
    """Token t of the sequence must be position t - special, row by row: the raw output says which."""
    pytest.importorskip("timm")
    probe = load(name)
    layer = next(layer for layer in probe.layers if layer.endswith("blocks.3"))
    tokens, found = _tokens(probe, layer)
    assert tokens.shape[0] == 196 + special
    assert found.shape == (1, tokens.shape[1], 14, 14)
    for row, column in ((0, 0), (0, 13), (13, 0), (13, 13), (6, 2)):
        torch.testing.assert_close(found[0, :, row, column], tokens[special + 14 * row + column], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "size", "layer", "special"),
    [
        ("vit_small_patch14_reg4_dinov2", 70, "norm", 5),
        ("vit_medium_patch16_reg4_gap_256", 80, "blocks.1", 4),  # registers without a class token
    ],
)
def test_register_tokens_are_left_out_too(name: str, size: int, layer: str, special: int) -> None:
    timm = pytest.importorskip("timm")
    from methods.network.preprocessing import Preparation
    from methods.network.probe import Probe

    torch.manual_seed(0)
    net = timm.create_model(name, img_size=size, depth=2, num_classes=0).eval()
    probe = Probe(net, prepare=Preparation(size=(size, size)))
    with torch.no_grad():
        tokens = net.forward_features(torch.zeros(1, 3, size, size))
    assert tokens.shape[1] == special + 25
    found = probe.activations(torch.zeros(1, 3, size, size), [layer])[layer]
    torch.testing.assert_close(found[0].flatten(1).T, tokens[0, special:], rtol=1e-4, atol=1e-5)


def test_a_patch_moves_the_map_where_it_lies_in_the_picture() -> None:
    """Before attention mixes them: the first layer's map must differ only at the patch that was changed."""
    pytest.importorskip("timm")
    probe = load("timm/vit_tiny_patch16_224:none")
    dark = torch.zeros(1, 3, 224, 224)
    spot = dark.clone()
    spot[:, :, 16 * 5 : 16 * 6, 16 * 9 : 16 * 10] = 1
    layer = next(name for name, one in probe.layers.items() if one.map_size == (14, 14) and name.startswith("blocks.0"))
    first = "pos_drop" if "pos_drop" in probe.layers else layer
    difference = (probe.activations(spot, [first])[first] - probe.activations(dark, [first])[first]).abs().sum(1)[0]
    assert (difference > 1e-6).nonzero().tolist() == [[5, 9]]


@pytest.mark.parametrize("name", ["random/dino-vit-s16", "torchvision/vit_b_16:none", "timm/vit_tiny_patch16_224:none"])
def test_a_block_goes_by_one_name_in_every_library_and_sees_the_whole_picture(name: str) -> None:
    pytest.importorskip("timm")
    probe = load(name)
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
def test_tokens_see_their_patch_until_attention_mixes_them(name: str, local: tuple[str, ...]) -> None:
    """The receptive field holds just the pixels that a position's gradient reaches."""
    pytest.importorskip("timm")
    probe = load(name)
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


@pytest.mark.parametrize(
    ("name", "layer", "units"),
    [
        ("timm/swin_tiny_patch4_window7_224:none", "patch_embed.proj", 96),
        ("timm/swin_tiny_patch4_window7_224:none", "layers.1", 192),
        ("timm/pvt_v2_b0:none", "patch_embed", 32),
        ("timm/pvt_v2_b0:none", "patch_embed.proj", 32),
        ("timm/volo_d1_224:none", "network.0.0", 192),
        ("timm/convnext_atto:none", "stages.0.blocks.0.mlp.fc1", 160),
        ("timm/hiera_tiny_224:none", "patch_embed", 96),
    ],
)
def test_units_are_channels_wherever_an_output_has_them(name: str, layer: str, units: int) -> None:
    """As many as its weights make, and a spot in the picture moves the map where it lies."""
    pytest.importorskip("timm")
    probe = load(name)
    assert probe.layer(layer).units == units
    dark = torch.zeros(1, 3, *probe.prepare.size)
    spot = dark.clone()
    spot[:, :, 8:24, 128:144] = 1
    maps = probe.activations(torch.cat([dark, spot]), [layer])[layer]
    place = int((maps[1] - maps[0]).abs().sum(0).argmax())
    rows, columns = maps.shape[2:]
    assert place // columns / rows == pytest.approx(16 / 224, abs=0.08)
    assert place % columns / columns == pytest.approx(136 / 224, abs=0.08)


def test_tokens_that_are_out_of_order_are_no_map() -> None:
    pytest.importorskip("timm")
    assert not [name for name in load("timm/hiera_tiny_224:none").layers if name.startswith("blocks")]


@pytest.mark.parametrize("name", ["resnet50", "convnext_tiny", "vit_tiny_patch16_224", "beit_base_patch16_224"])
def test_pictures_are_scaled_as_timm_scales_them(name: str) -> None:
    timm = pytest.importorskip("timm")
    from visualize.models.sources.timm import timm_card

    wanted = timm.data.create_transform(**timm.data.resolve_data_config(timm.get_pretrained_cfg(name).to_dict()))
    prepare = timm_card(f"timm/{name}").preparation
    assert prepare.resize == wanted.transforms[0].size
    assert prepare.size == tuple(wanted.transforms[1].size)


def test_torchvision_s_tokens_are_not_off_by_one() -> None:
    """The class token comes first there too; the network's own output says which token is which."""
    probe = load("torchvision/vit_b_16:none")
    layer = probe.layer("block2").name
    tokens, found = _tokens(probe, layer)
    assert tokens.shape[0] == 1 + 196
    torch.testing.assert_close(found[0].flatten(1).T, tokens[1:], rtol=1e-3, atol=1e-4)


def test_methods_run_on_a_transformer_with_random_weights() -> None:
    pytest.importorskip("timm")
    probe = load("timm/vit_tiny_patch16_224:none")
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


def test_a_transformer_with_random_weights_is_dissected() -> None:
    """The threshold is exceeded by just so many of the patches' positions as the quantile says."""
    pytest.importorskip("timm")
    from methods import Dissection, DissectionResult
    from visualize.data import open_labelled

    probe = load("timm/vit_tiny_patch16_224:none")
    images = open_labelled("scenes", count=4)
    pictures = np.stack([images.load(index, probe.prepare) for index in range(4)])
    maps = probe.activations(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255, ["block2"])["block2"]
    for number, result in enumerate(Dissection(quantile=0.05)(probe, probe.units("block2")[:3], images)):
        assert isinstance(result, DissectionResult)
        assert int((maps[:, number] > result.threshold + 1e-5).sum()) <= 0.05 * 4 * 196
        assert int((maps[:, number] > result.threshold - 1e-5).sum()) >= 0.05 * 4 * 196 - 1
        assert 0 < result.score <= 1
        assert result.panels()


HUBCONF = """
import torch
dependencies = ["torch"]

def small(pretrained=False, classes=4):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, classes, 3), torch.nn.ReLU())
    if pretrained:
        torch.nn.init.constant_(net[0].bias, 5.0)
    return net

def plain():
    return small()

def broken():
    return 1 / 0
"""


def test_torch_hub_runs_what_the_user_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "hub" / "owner_repo_main"
    folder.mkdir(parents=True)
    (folder / "hubconf.py").write_text(HUBCONF)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    probe = load("hub/owner/repo@main:small", trust=True)
    assert probe.layer("0").units == 4
    assert float(probe.network.state_dict()["0.bias"][0]) == 5  # trained weights are asked for
    assert load("hub/owner/repo@main:plain", trust=True).layer("0").units == 4  # it does not know the word
    assert "has no entry 'smal'; did you mean small" in refused("hub/owner/repo@main:smal", trust=True)
    assert "ZeroDivisionError" in refused("hub/owner/repo@main:broken", trust=True)
    assert refused("hub/owner/repo@main:small").startswith("hub/owner/repo@main:small would download")
    assert "--trust" in refused("hub/owner/repo@main:small")  # trust was for that one call
    assert not [name for name in sys.path if str(folder) in name]


class Forked(nn.Module):
    """A branch in its control flow, a list, a part that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU()
        self.down: nn.Module | None = nn.Conv2d(4, 4, 1)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.first(x))
        y = x
        if self.down is not None:
            y = self.relu(self.down(x))
        if y.size(2) > 3:
            y = y + x
        found: torch.Tensor = self.head(torch.cat([x, y], 1))
        return found


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("how", ["trace", "script"])
def test_a_torchscript_network_can_be_looked_into(how: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Forked().eval()
    example = torch.rand(1, 3, 8, 8)
    if how == "trace":
        saved: object = torch.jit.trace(net, example)  # type: ignore[no-untyped-call]
    else:
        saved = torch.jit.script(net)
    torch.jit.save(saved, str(tmp_path / "net.pt"))
    probe = load(str(tmp_path / "net.pt"))
    assert {"first", "down", "head", "head.2"} <= set(probe.layers)
    assert probe.layers["first"].kind == "Conv2d"
    pictures = torch.rand(2, 3, 224, 224, requires_grad=True)
    with torch.no_grad():
        prepared = probe.prepare(pictures)
        expected = net(prepared)
    found = probe.activations(pictures, ["first", "head"])
    torch.testing.assert_close(found["head"][:, :, 0, 0], expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found["first"], net.first(prepared), rtol=1e-4, atol=1e-5)
    (gradient,) = torch.autograd.grad(found["head"].sum(), pictures)
    wanted = pictures.detach().clone().requires_grad_()
    net(probe.prepare(wanted)).sum().backward()
    torch.testing.assert_close(gradient, wanted.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_files_without_a_network_say_what_to_do(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "weights.pth")
    assert "give this file by --weights" in refused(str(tmp_path / "weights.pth"))
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), str(tmp_path / "net.pt"))
    data = (tmp_path / "net.pt").read_bytes()
    (tmp_path / "net.pt").write_bytes(data.replace(b"Linear", b"Lineal"))
    assert "net.pt" in refused(str(tmp_path / "net.pt"))


def read_refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path, "torch")
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_npz_is_read_by_name_and_npy_is_not(tmp_path: Path) -> None:
    arrays = {"a.weight": np.ones((2, 3), np.float32), "a.bias": np.arange(2.0), "count": np.array(7)}
    np.savez(tmp_path / "net.npz", **arrays)  # type: ignore[arg-type]  # names are no options of it
    found = read(tmp_path / "net.npz", "torch")
    assert {name: value.tolist() for name, value in found.items()} == {n: v.tolist() for n, v in arrays.items()}
    assert found["count"].shape == ()
    np.save(tmp_path / "one.npy", arrays["a.weight"])
    assert "one array of shape (2, 3) without a name" in read_refused(tmp_path / "one.npy")
    np.save(tmp_path / "pickled.npy", np.array({"a": 1}, dtype=object))
    assert "if you trust it, convert it: python -c" in read_refused(tmp_path / "pickled.npy")
    np.savez(tmp_path / "pickled.npz", a=np.array([None], dtype=object))
    assert "plain arrays" in read_refused(tmp_path / "pickled.npz")
    np.savez(tmp_path / "text.npz", a=np.array(["text"]))
    assert "expected numbers" in read_refused(tmp_path / "text.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "net.npz").read_bytes()[:200])
    assert "cut.npz" in read_refused(tmp_path / "cut.npz")


def test_a_user_s_network_takes_npz(tmp_path: Path) -> None:
    wanted = {name: value.numpy() for name, value in network("squeezenet1_1", num_classes=3).state_dict().items()}
    np.savez(tmp_path / "net.npz", **wanted)
    found = load("torchvision/squeezenet1_1:none", weights=tmp_path / "net.npz").network.state_dict()
    assert all(np.array_equal(found[name], value) for name, value in wanted.items())
