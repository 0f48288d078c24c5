"""Whether a GPU rounds what it multiplies in float32 to TF32: ten binary digits in place of 23.

Torch has that off for products of matrices and on for convolutions, which nobody asked for. Here one rule holds for
both: float32 is float32, unless whoever calls allows TF32 for products, by ``torch.set_float32_matmul_precision`` or,
from torch 2.9 on, by ``fp32_precision`` in :mod:`torch.backends`. There are two ways to say it, and to read the one is
an error in torch once the other was used for a part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def allowed() -> bool:
    """Whether products of matrices, and so convolutions, may be rounded to TF32 on a GPU."""
    import torch

    said = getattr(torch.backends.cuda.matmul, "fp32_precision", None) if _has_both() else None
    return torch.get_float32_matmul_precision() != "highest" if said is None else said == "tf32"


def in_force() -> bool:
    """Whether convolutions are rounded to TF32 on a GPU while a network is looked into."""
    import torch

    if allowed():
        return True
    try:
        torch.backends.cudnn.allow_tf32  # noqa: B018 (to read it is what tells)
    except RuntimeError:  # convolutions and recurrent layers were told apart
        return bool(torch.backends.cudnn.conv.fp32_precision == "tf32")  # type: ignore[attr-defined]
    return False


def described() -> str:
    """Precision of products in float32 as torch was told, in one word or several."""
    import torch

    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:  # it was told the newer way
        backends = torch.backends
        return f"{backends.cuda.matmul.fp32_precision} {backends.mkldnn.matmul.fp32_precision}"  # type: ignore[attr-defined]


def exact_convolutions() -> Callable[[], None] | None:
    """Have convolutions in float32 be so on a GPU, too, for the whole process; what puts it back, or None.

    Nothing is changed where TF32 is allowed for products, or convolutions were spoken of by themselves.
    """
    import torch

    cudnn = torch.backends.cudnn
    try:
        if allowed() or not cudnn.allow_tf32:
            return None
    except RuntimeError:
        return None
    cudnn.allow_tf32 = False
    return lambda: setattr(cudnn, "allow_tf32", True)


def _has_both() -> bool:
    """Whether torch has the newer way, of 2.9 and later."""
    import torch

    return hasattr(torch.backends.cudnn, "conv")
