"""``viz dissect``: Network Dissection of whole layers into a folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cli import dissect_options as dissecting
from visualize.cli import options
from visualize.cli.batches import pictures_together
from visualize.cli.dissect_run import DissectRun, check_cluster, device_here
from visualize.cli.launcher import place
from visualize.cli.network_options import stating
from visualize.cli.output import Sink
from visualize.cli.progress import watcher
from visualize.cli.set_words import set_words
from visualize.cli.setting_options import taking
from visualize.cli.skipped_pictures import list_in
from visualize.cli.summaries.certainty import (
    tested_names,
)
from visualize.cli.summaries.dissection import Tests, tell
from visualize.methods.dissection.settings import Settings
from visualize.notebook import load_torch

if TYPE_CHECKING:
    from visualize.dissection import Outcome
    from visualize.dissection.verification import Verification
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.watch import Watch


EXAMPLES = """\b
Examples:
  viz dissect
  viz dissect --model places-squeezenet --layer fire9 --data broden-224
  viz dissect --compose 3
  viz dissect --compose 3 --ranges 5
  viz dissect -m places-squeezenet -l all -i path/to/broden1_224 --shard 2/8 --out parts/2
  torchrun --nproc-per-node 8 -m visualize dissect -m places-squeezenet -i path/to/broden1_224
  viz dissect -m places-squeezenet -i path/to/broden1_224 --on ray
"""


@stating
@taking(Settings)
def dissect(  # noqa: PLR0913 (one argument for each option, as typer reads them)
    *,
    model: options.ModelOption = options.DEFAULT_MODEL,
    layer: dissecting.LayersOption = None,
    data: options.ImagesOption = None,
    void: options.VoidOption = None,
    segmenter: options.SegmenterOption = None,
    out: dissecting.OutOption = None,
    settings: dict[str, Any],
    colors: dissecting.ColorsOption = False,
    count: dissecting.CountOption = None,
    shard: dissecting.ShardOption = None,
    on: options.OnOption = None,
    seed: options.SeedOption = 0,
    batch: dissecting.BatchOption = None,
    workers: dissecting.WorkersOption = None,
    decode: dissecting.DecodeOption = "processor",
    held_out: dissecting.HeldOutOption = False,
    verify: dissecting.VerifyOption = False,
    scores: dissecting.ScoresOption = False,
    device: options.DeviceOption = "auto",
    weights: options.WeightsOption = None,
    facts: dict[str, Any],
    trust: options.TrustOption = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Find out what concept each unit of a layer detects, and how well: Network Dissection.

    Writes for each layer LAYER.csv in NetDissect's columns (which count units from 1), LAYER.npz with the full table of
    units and concepts, with --compose LAYER.formulas.json, with --ranges LAYER.ranges.csv, with --verify
    LAYER.tests.json, and dissection.json. One run of the network serves all layers. Interrupted and started again with
    the same options, it goes on where it was. Processes that torchrun or srun start look at a shard each, and the last
    one puts them together.
    """
    asked = Settings(**settings, seed=seed)
    part, joint = _shard(shard), place() if shard is None and on is None else None
    together = pictures_together(batch)
    decoder = dissecting.decoder(decode)
    check_cluster(on, shard, decoder)
    _check_whole(shard, {"--held-out": held_out, "--verify": verify, "--scores": scores})
    _check_seed(seed, asked, count)
    watch = watcher(quiet=quiet or (joint is not None and not joint.leads), unit="images")
    load_torch(watch)
    from visualize.dissection.at_hand import marks_of  # heavy, and not needed to refuse a setting

    data = options.set_named(data, void, segmenter)
    labelled, source = _opened(data, model, watch, colours=colors, count=count, seed=seed)
    probe = _probe(model, weights, device_here(device, joint, on), facts, watch)
    layers = _layers(layer, model, probe)
    usual = layers == _layers(None, model, probe)
    marks = marks_of([] if usual else layer or [], asked, source)
    marks += [f"{name}-{value}" for name, value in facts.items() if value is not None and name != "classes"]
    folder = _folder(out, model, [labelled.name, *marks], part)
    list_in(Path(folder), listed=Path(folder) / "dissection.json" if part[1] == 1 else None)
    asked_for = DissectRun(
        probe=probe,
        layers=layers,
        labelled=labelled,
        settings=asked,
        source=source,
        batch=together,
        workers=workers,
        decode=decoder,
    )
    if on is None:
        done = asked_for.into(folder, shard=part, joint=joint, watch=watch)
    else:
        network = {"model": model, "weights": weights, "device": device, "facts": facts, "trusted": trust}
        done = asked_for.on(on, folder, network, watch=watch)
    if done is None:
        return
    pairs = _pairs(probe, done, source, watch) if verify and done.finished else None
    tests = Tests(held_out=held_out, verify=verify, pairs=pairs, scores=scores)
    if verify and done.finished:
        _keep_tests(done, pairs)
    tell(done, Sink(json), quiet=quiet, said=set_words(labelled), tests=tests)


def _keep_tests(done: Outcome, pairs: dict[str, list[Verification]] | None) -> None:
    """Write how the names of each layer do as predictions beside its table."""
    from visualize.dissection import read_all
    from visualize.dissection.kept_tests import write_tests

    for table in read_all(done.out):
        scenes = None if pairs is None else pairs[table.layer]
        write_tests(done.out, table.layer, tested_names(done.out, table), scenes)


def _pairs(probe: Probe, done: Outcome, source: dict[str, Any], watch: Watch) -> dict[str, list[Verification]] | None:
    """Names put to the test on scenes made to order, by layer; None of photographs."""
    from visualize.dissection import read_all
    from visualize.dissection.verification import verify

    if source["where"] != "scenes":
        return None
    tested = {}
    for table in read_all(done.out):
        with watch(f"drawing scenes with and without the concepts of {table.layer}") as progress:
            tested[table.layer] = verify(probe, table, progress=progress)
    return tested


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _check_whole(shard: str | None, asked: dict[str, bool]) -> None:
    """Refuse what tells of the names of a whole dissection with a part of one.

    Raises:
        InputError: both are asked for.
    """
    from visualize.methods.errors import InputError

    option = next((name for name, value in asked.items() if value), None)
    if shard is not None and option is not None:
        raise InputError(f"{option} tells of the names of a whole dissection; leave it out with --shard")


def _check_seed(seed: int, asked: Settings, count: int | None) -> None:
    """Refuse a seed of nothing.

    Raises:
        InputError: neither a rotation nor a choice of pictures is asked for.
    """
    from visualize.methods.errors import InputError

    if seed and not asked.rotate and count is None:
        raise InputError("--seed is that of --rotate and --count; give one of these, or leave it out")


def _shard(text: str | None) -> tuple[int, int]:
    from visualize.methods.errors import InputError

    if text is None:
        return 1, 1
    which, slash, count = text.partition("/")
    if not slash or not all(re.fullmatch(r"\s*[0-9]{1,9}\s*", part) for part in (which, count)):
        raise InputError(f"--shard {text[:40]} is no part of a whole; write I/N, such as 2/8 for the second of eight")
    return int(which), int(count)


def _opened(
    data: str | None, model: str, watch: Watch, *, colours: bool, count: int | None, seed: int
) -> tuple[Labelled, dict[str, Any]]:
    """The probe set, and how to open it again."""
    from visualize.data import open_labelled
    from visualize.methods.errors import InputError
    from visualize.models.registry import entry_of

    where = data if data is not None else entry_of(model).default_images
    if where is None:
        raise InputError(f"no probe set is named for {model}; give one with --data, such as a name of viz data")
    drawn = seed if count is not None else 0
    with watch(f"opening {where}") as progress:
        labelled = open_labelled(where, colours=colours, count=count, seed=drawn, progress=progress)
    return labelled, {"where": where, "colours": colours, "count": count, "seed": drawn}


def _probe(model: str, weights: str | None, device: str, facts: dict[str, Any], watch: Watch) -> Probe:
    from visualize.models.loading import load_watched
    from visualize.models.weights_choice import require_file

    if weights is not None:
        require_file(weights)
    return load_watched(model, watch, device=device, weights=weights, **facts)


def _layers(asked: list[str] | None, model: str, probe: Probe) -> list[str]:
    """The layers by name, in the order asked for."""
    from visualize.cards.resolve import last_map, named_layers
    from visualize.methods.errors import InputError
    from visualize.models.registry import entry_of

    for text in asked or []:
        if not _listed(text):
            raise InputError(f"--layer {text!r} names no layer; see viz layers {model}")
    names = [name for text in asked or [] for name in _listed(text)]
    if not names:
        return [entry_of(model).default_layer or last_map(probe)]
    return named_layers(names, probe, mapped=True)


def _folder(out: str | None, model: str, words: list[str], shard: tuple[int, int]) -> str:
    from visualize.dissection.at_hand import default_folder
    from visualize.files import out_folder

    whole = default_folder(model, "-".join(words))
    return str(out_folder(out, whole if shard[1] == 1 else whole / f"shard-{shard[0]}-of-{shard[1]}"))
