from __future__ import annotations

import pytest
import torch

from visualize.methods.optimization.schedule import half_cosine


@pytest.mark.parametrize("last", [0.0, 0.01, 0.1, 1.0])
def test_the_step_size_falls_as_in_torchs_cosine_annealing(last: float) -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=40, eta_min=last)
    for step in range(41):
        assert half_cosine(step / 40, last) == pytest.approx(schedule.get_last_lr()[0], rel=1e-9, abs=1e-12)
        optimiser.step()
        schedule.step()
