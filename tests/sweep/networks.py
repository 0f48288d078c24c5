"""Which networks are swept, with random weights, and how large their input is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from visualize.methods.network.axes import Layout

TIMM = (
    "vit_tiny_patch16_224", "vit_wee_patch16_reg1_gap_256", "vit_relpos_small_patch16_224", "deit3_small_patch16_224",
    "deit_tiny_distilled_patch16_224", "beit_base_patch16_224", "eva02_tiny_patch14_224", "cait_xxs24_224",
    "convit_tiny", "xcit_nano_12_p16_224", "xcit_tiny_12_p8_224", "pit_ti_distilled_224", "tnt_s_patch16_224",
    "crossvit_tiny_240", "coat_lite_tiny", "coat_tiny", "levit_128s", "mixer_s32_224", "mixer_b16_224",
    "resmlp_12_224", "gmlp_s16_224", "gmixer_12_224", "swin_tiny_patch4_window7_224", "swin_s3_tiny_224",
    "swinv2_cr_tiny_ns_224", "swinv2_tiny_window8_256", "twins_svt_small", "twins_pcpvt_small", "pvt_v2_b0",
    "mvitv2_tiny", "hiera_tiny_224", "nest_tiny", "volo_d1_224", "focalnet_tiny_srf", "davit_tiny", "gcvit_xxtiny",
    "maxvit_tiny_rw_224", "coatnet_nano_rw_224", "maxxvit_rmlp_nano_rw_256", "mobilevit_xxs", "mobilevitv2_050",
    "edgenext_xx_small", "efficientformer_l1", "efficientformerv2_s0", "efficientvit_b0", "efficientvit_m0",
    "fastvit_t8", "poolformer_s12", "caformer_s18", "convformer_s18", "convmixer_768_32", "convnext_atto",
    "convnextv2_atto", "inception_next_atto", "mambaout_femto", "nextvit_small", "repvit_m0_9", "sequencer2d_s",
    "shvit_s1", "swiftformer_xs", "tiny_vit_5m_224", "visformer_tiny", "vit_base_r50_s16_224",
    "samvit_base_patch16_224",
    "botnet26t_256", "halonet26t", "lambda_resnet26t", "eca_botnext26ts_256", "vitamin_small_224", "starnet_s1",
    "resnet18", "resnetv2_18", "regnetx_002", "hrnet_w18_small", "resnest14d", "densenet121", "dla34", "dpn48b",
    "ghostnet_050", "hgnet_tiny", "nfnet_f0", "rexnet_100", "vovnet39a", "cspresnet50", "tresnet_m",
    "mobilenetv4_conv_small",
    "test_vit", "test_resnet", "test_convnext", "test_mambaout", "test_byobnet", "test_nfnet",
    "efficientvim_m1", "lowformer_b0", "fasternet_t0", "cpubone_b0_bfrobust", "rdnet_tiny", "iformer_t", "csatv2",
)  # fmt: skip
"""Of timm, a small one of each family that works differently."""

DETECTORS = (
    "fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_v2",
    "fcos_resnet50_fpn",
    "keypointrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "ssd300_vgg16",
    "ssdlite320_mobilenet_v3_large",
)  # fmt: skip
_FIXED = ("vit_", "maxvit")  # networks of torchvision that take their own size of input alone
_COARSE = {"alexnet": 224, "googlenet": 224}  # whose last maps would be of 3x3 places
_SMALL = 96  # side of the input of the others


def torchvision_names() -> list[str]:
    """Every network of torchvision for single pictures."""
    from torchvision import models

    names = models.list_models(module=models) + models.list_models(module=models.segmentation)
    return [f"torchvision/{name}" for name in (*names, *DETECTORS)]


def names() -> list[str]:
    """All that are swept."""
    return [*torchvision_names(), *(f"timm/{name}" for name in TIMM)]


def _built(name: str, shape: Mapping[str, object]) -> tuple[nn.Module, tuple[int, int], dict[str, Layout]]:
    """A network as its library builds it."""
    source, _, short = name.partition("/")
    torch.manual_seed(0)
    if source == "timm":
        import timm

        from visualize.models.sources.timm import timm_entry

        built = timm.create_model(short, pretrained=False, **shape)
        size = built.pretrained_cfg["input_size"]
        return built.eval(), (size[1], size[2]), dict(timm_entry(f"{name}:none").layouts)
    from torchvision import models

    options: dict[str, object] = {"weights": None, **shape}
    if short in models.list_models(module=models):
        from visualize.models.sources.torchvision import torchvision_entry

        if short in {"googlenet", "inception_v3"}:
            options["init_weights"] = False
        size = torchvision_entry(f"{name}:none").preparation.size
        size = (224, 224) if short == "vit_h_14" else size  # without weights it is built smaller
        side = size[0] if short.startswith(_FIXED) else _COARSE.get(short, _SMALL)
        if short.startswith("swin") or short == "convnext_tiny":
            side = 128 if short.startswith("swin") else 224
        stated = dict(torchvision_entry(f"{name}:none").layouts)
        return models.get_model(short, **options).eval(), (side, side), stated
    options["weights_backbone"] = None
    if "rcnn" in short or "fcos" in short or "retinanet" in short:
        options |= {"min_size": _SMALL, "max_size": _SMALL}
    side = _SMALL if short in DETECTORS else 2 * _SMALL
    return models.get_model(short, **options).eval(), (side, side), {}


def network(
    name: str, shape: Mapping[str, object] | None = None
) -> tuple[nn.Module, tuple[int, int], dict[str, Layout]]:
    """A network with random weights, the size of its input, and what the catalogue states of its axes.

    Factors that start as zeros, behind which nothing would depend on the picture, are 1.

    Args:
        name: one of :func:`names`.
        shape: how a network of timm differs from the one of that name, as in how many blocks it has.
    """
    built, size, stated = _built(name, shape or {})
    with torch.no_grad():
        for part, weight in built.named_parameters():
            if weight.dim() <= 1 and not bool(weight.any()) and not part.endswith("bias"):
                weight.fill_(1)
    return built, size, stated
