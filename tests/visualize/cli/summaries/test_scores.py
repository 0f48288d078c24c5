"""Every score of a name, as the command tells it, against scikit-learn's and scipy's on pixels as the counts say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import average_precision_score, f1_score, matthews_corrcoef, roc_auc_score

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting
from visualize.dissection import read_scores

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _pixels(both: int, mask: int, concept: int, everything: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """A mask and a concept that share so many pixels."""
    places = np.arange(everything)
    return places < mask, (places < both) | ((places >= mask) & (places < mask + concept - both))


@pytest.mark.parametrize("kind", ["pixels", "pictures"])
def test_every_score_of_a_name_is_told(shop: Path, kind: str) -> None:
    more = ["--scores", "--score", "picture-f1", "--resamples", "5"] if kind == "pictures" else ["--scores"]
    ran = viz(*dissecting(shop, "--out", f"scored-{kind}", "--json", *more))
    assert ran.status == 0, ran.err
    (layer,) = json.loads(ran.out)["layers"]
    table = read_scores(shop / f"scored-{kind}", layer["layer"])
    assert layer["scores"]
    for row in layer["scores"]:
        column = next(
            place for place, item in enumerate(table.concepts)
            if (item.category, item.name) == (row["category"], row["label"])
        )  # fmt: skip
        counts = [int(np.broadcast_to(part, table.iou.shape)[row["unit"], column])
                  for part in table._counts(pictures=kind == "pictures")]  # fmt: skip
        mask, concept = _pixels(*counts)
        held = row[kind]
        assert held["f1"] == pytest.approx(f1_score(concept, mask))
        assert held["auprc"] == pytest.approx(average_precision_score(mask, concept))
        assert held["correlation"] == pytest.approx(matthews_corrcoef(concept, mask))
        if 0 < concept.sum() < len(concept):
            assert held["auroc"] == pytest.approx(roc_auc_score(concept, mask))
            told = mannwhitneyu(mask[concept], mask[~concept], alternative="greater", method="asymptotic")
            assert held["p"] == pytest.approx(told.pvalue, abs=1e-12)
    assert ("pictures" in layer["scores"][0]) == (kind == "pictures")


pytestmark = pytest.mark.usefixtures("_in_the_shop")


def test_scores_are_printed_with_the_one_that_names_no_unit(shop: Path) -> None:
    ran = viz(*dissecting(shop, "--out", "printed", "--scores"))
    assert "AUROC does not pass the test of scores and names no unit" in ran.out
    assert "scores" not in viz(*dissecting(shop, "--out", "printed", "--quiet", "--scores")).err
    refused = viz(*dissecting(shop, "--out", "part", "--shard", "1/2", "--scores"))
    assert (refused.status, "leave it out with --shard" in refused.err) == (2, True)
