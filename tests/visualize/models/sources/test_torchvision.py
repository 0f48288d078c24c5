"""Networks of torchvision: prepared as torchvision prepares, and tokens where they belong."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from visualize.models import entry_of
from visualize.models.class_names import class_names


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "googlenet"])
def test_a_catalogue_entry_says_what_torchvision_says(name: str) -> None:
    """A picture prepared our way equals torchvision's own transforms, exactly but for 8-bit rounding of both."""
    from torchvision.models import get_model_weights
    from torchvision.transforms.functional import to_pil_image

    entry, weights = entry_of(f"torchvision/{name}"), get_model_weights(name).DEFAULT
    assert entry.sources == (weights.url,)
    assert class_names(entry, None) == tuple(weights.meta["categories"])
    picture = to_pil_image(torch.rand(3, 300, 400, generator=torch.Generator().manual_seed(0)))
    fitted = torch.from_numpy(np.array(entry.preparation.fit(picture))).permute(2, 0, 1)[None].float()
    ours = entry.preparation(fitted / 255)
    torch.testing.assert_close(ours, weights.transforms()(picture)[None], rtol=0, atol=1e-5)
