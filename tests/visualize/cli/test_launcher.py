from __future__ import annotations

import pytest
import torch

from tests.visualize.cli.kit import viz
from visualize.cli.launcher import Place, place
from visualize.methods.errors import InputError

ELASTIC = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "10.0.0.1"}
STEP = {
    "SLURM_JOB_ID": "41", "SLURM_STEP_ID": "0", "SLURM_PROCID": "2", "SLURM_NTASKS": "6", "SLURM_LOCALID": "0",
    "SLURM_STEP_NUM_TASKS": "4",
}  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        (ELASTIC, Place(5, 8, 1)),
        ({"RANK": "0", "WORLD_SIZE": "2"}, Place(0, 2, 0)),
        ({"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}, None),  # alone
        ({"RANK": "3"}, None),  # somebody else's
        ({"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_LOCALID": "1"}, Place(1, 2, 1)),
        (STEP, Place(2, 4, 0)),  # of the step's tasks, which may be fewer than the job's
        (STEP | ELASTIC, Place(5, 8, 1)),  # torchrun under srun
        ({name: STEP[name] for name in STEP if "STEP" not in name} | {"SLURM_PROCID": "0"}, None),  # a batch script
    ],
)
def test_the_place_is_what_the_launcher_says(variables: dict[str, str], expected: Place | None) -> None:
    assert place(variables) == expected


@pytest.mark.parametrize(
    ("name", "text"), [("RANK", "x"), ("RANK", "8"), ("RANK", "-1"), ("WORLD_SIZE", "0"), ("LOCAL_RANK", "²")]
)
def test_variables_that_make_no_sense_are_refused(name: str, text: str) -> None:
    with pytest.raises(InputError, match=f"{name}.*--shard I/N"):
        place(ELASTIC | {name: text})


def test_every_place_has_a_shard_and_the_first_one_leads() -> None:
    places = [Place(rank, 3, 0) for rank in range(3)]
    assert [item.shard for item in places] == [(1, 3), (2, 3), (3, 3)]
    assert [item.leads for item in places] == [True, False, False]


def test_each_process_of_a_machine_takes_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    taken: list[int] = []  # by all that runs on a GPU and is told of no number
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    assert [Place(local, 8, local).device("auto") for local in (0, 3, 5)] == ["cuda:0", "cuda:3", "cuda:1"]
    assert taken == [0, 3, 1]
    assert Place(2, 8, 2).device("cuda") == "cuda:2"
    assert Place(2, 8, 2).device("cuda:0") == "cuda:0"  # named, and so meant
    assert Place(2, 8, 2).device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Place(2, 8, 2).device("auto") == "auto"


def test_processes_that_all_do_the_same_are_told_of_by_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "8")
    for rank, said in (("0", 1), ("7", 0), ("x", 0)):
        monkeypatch.setenv("RANK", rank)
        told = viz("models", "alexnet").err
        assert told.count("8 processes were started together, and each does all that viz models is asked for") == said
    monkeypatch.setenv("RANK", "0")
    assert "processes were started" not in viz("dissect", "--data", "nowhere", "--model", "nothing").err
