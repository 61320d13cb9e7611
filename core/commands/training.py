"""Commands that train: `run` (once or over several seeds), `warm`. Stored answers import no TensorFlow."""

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core import config as configs
from core import layers, ownership
from core.commands.printing import (
    Answer,
    as_plain,
    print_answer,
    print_dataset,
    print_json,
    refuse_unreadable,
)  # fmt: skip
from core.commands.progress_bar import ProgressBar
from core.compare.comparison import Model, compare_models
from core.compare.seeds import repeats
from core.data import choices, datasets, looks, tables
from core.errors import ConfigError, ThawError
from core.group_rules import NEAR
from core.method.bank import budget_bytes
from core.presets import PHOTOS, preset
from core.results import RunResult, to_plain
from core.running import experiment, jobs, keeping, price
from core.running.identity import Asked, ask
from core.running.own_recipe import own_recipe
from core.settings import as_whole
from core.statistics.means import mean_interval
from core.store import Store
from core.typed_numbers import read_number, read_numbers
from core.typed_places import read_place
from core.wording import words

COMPACT_STOP = 54  # from block 6 on, an image's boundary features take 50 KB or less at 160 px
MOST_SEEDS = 100


def config_of(parsed) -> configs.ExperimentConfig:
    """The recipe named in a terminal, with `--data` and every `--set`. `--layout` and `--table` are noted
    with its images; they are looked at where near copies are to be kept together.

    Raises:
        ConfigError: an unknown recipe or setting, a patience that could never run out, or `photos` without
            `--data`.
        DatasetError: the images for `photos` cannot be read, or the table does not name them.
        StoreError: `--layout` or `--table` could not be noted.
    """
    config = preset(parsed.preset)
    name = config.data.name if parsed.data is None else read_place(parsed.data)
    note_layout(parsed, name)
    if parsed.table is not None:
        _give_table(parsed.table, name)
    if parsed.preset == PHOTOS:
        config = _for_photos(parsed, name)
    elif name != config.data.name:
        # how many images and which shares suit the recipe's own data; of others all are used, as usual
        config = replace(config, data=replace(config.data, name=name, limit=None, shares=None))
    for setting in parsed.set:
        config = configs.parse_setting(config, setting)
    config.require_patience()
    if config.data.groups == NEAR:
        _look_for_near_copies(config.data.name)
    return config


def _give_table(path: Path, name: str) -> None:
    """Note what a table says of the images of a data set."""
    try:
        with path.open("rb") as file:
            content = file.read(tables.MAX_GIVEN_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The table {path} cannot be read: {error.strerror or error}.",
            "Expected a csv with a column of file names.", field="table",
        ) from error  # fmt: skip
    store = Store()
    whole = datasets.find(name, store.home, personal=store.personal, everything=True)
    print(
        tables.told(tables.give(whole, path.name, content, store.personal), len(whole.items)), file=sys.stderr
    )


def _look_for_near_copies(name: str) -> None:
    store = Store()
    whole = datasets.find(name, store.home, personal=store.personal, everything=True)
    if whole.near is None:
        with ProgressBar(sys.stderr) as bar:
            looks.look(whole, store.home, bar)


def _for_photos(parsed, name: str) -> configs.ExperimentConfig:
    """What the app would begin with on these images."""
    if parsed.data is None:
        raise ConfigError(
            f"The recipe {PHOTOS} is for images of your own.",
            "Expected --data with a folder or zip of them.",
            "Or take another: `python -m core presets` lists them.", field="data.name",
        )  # fmt: skip
    store = Store()
    return own_recipe(datasets.find(name, store.home, personal=store.personal), store)


def note_layout(parsed, name: str) -> None:
    """Note how the folders of a data set are to be read, where `--layout` says so."""
    if parsed.layout:
        choices.choose_layout(Store().home, name, parsed.layout)


def run(parsed) -> None:
    """Train a recipe, or give the stored result."""
    if parsed.seeds is not None:
        _run_seeds(parsed)
        return
    print_answer(_answer(config_of(parsed), Store(), parsed), parsed.json)


def _run_seeds(parsed) -> None:
    """The same recipe from several seeds, then what they have in common."""
    store, answers, seeds = Store(), [], []
    for config in repeats(config_of(parsed), _seed_count(parsed.seeds)):
        print(f"Seed {config.seed}:", file=sys.stderr)
        seeds.append(config.seed)
        answers.append(_answer(config, store, parsed))
    means = seed_means([answer.result for answer in answers])
    if parsed.json:
        print_json({"runs": list(map(as_plain, answers)), "seeds": seeds, "means": means})
        return
    for answer in answers:
        print_answer(answer, as_json=False)
    print(f"Mean over {words.plural(len(seeds), 'seed')}, with Student's 95% interval")
    for phase, splits in means.items():
        said = [f"{name} {_mean_words(found)}" for name, found in splits.items()]
        print(f"  {words.PHASE_NAMES[phase]}: {', '.join(said)}")


def _seed_count(text: str) -> int:
    try:
        return as_whole(read_number(text, percent=False), 1, MOST_SEEDS)
    except ValueError:
        expected = f"Expected a whole number from 1 to {MOST_SEEDS}."
        raise ConfigError(f"--seeds is {text!r}.", expected, field="seeds") from None


def seed_means(results: Sequence[RunResult]) -> dict[str, dict[str, dict[str, Any]]]:
    """Mean accuracy over runs of one recipe, with its interval over seeds.

    Returns:
        Phase -> `validation` or `test` -> {n, mean, low, high}; `low` and `high` are None for one seed.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for phases in zip(*(result.phases for result in results), strict=True):
        evaluations = {
            "validation": [phase.validation.accuracy for phase in phases],
            "test": [phase.test.accuracy for phase in phases],
        }
        found[phases[0].name] = {
            split: {
                name: None if math.isnan(value) else value
                for name, value in to_plain(mean_interval(values)).items()
            }
            for split, values in evaluations.items()
        }
    return found


def _mean_words(found: dict[str, Any]) -> str:
    if found["low"] is None:
        return f"{found['mean']:.3f} (one seed: no interval)"
    return f"{found['mean']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


def warm(parsed) -> None:
    """Train a recipe at every stop ahead."""
    store, config, answers = Store(), config_of(parsed), []
    for stop in warm_order(parsed.stops):
        at_stop = configs.with_setting(config, "fine_tuning.unfreeze_from", stop)
        print(f"{layers.stop_label(stop)}:", file=sys.stderr)
        answers.append(_answer(at_stop, store, parsed))
        _share(answers[-1], store)
    if parsed.json:
        print_json({"runs": list(map(as_plain, answers))})
        return
    for answer in answers:
        print_answer(answer, as_json=False)


def _share(answer: Answer, store: Store) -> None:
    """Let a whole class see a run that was trained ahead for it, with its first phase and its control."""
    key = answer.result.run_key
    ownership.share(store.home, "runs", [key, *keeping.parts_of(store.list_runs(), [key])], by="")


def warm_order(stops: str) -> list[int]:
    """The unfreeze points to train ahead, in the cheapest order.

    From block 6 up, lower ones first: their features carry the higher ones. Below block 6 features are
    large, so there the higher, more useful stops come first.

    Raises:
        ConfigError: `stops` is neither `all` nor a list of unfreeze points.
    """
    try:
        if stops.strip().lower() == "all":
            wanted = layers.stops()
        else:
            points = read_numbers(stops) or [None]  # nothing is no list of stops
            wanted = sorted({as_whole(point, 0, configs.BACKBONE_LAYERS) for point in points})
    except ValueError:
        expected = f"Expected `all` or layers from 0 to {configs.BACKBONE_LAYERS}, such as 98,116,134."
        raise ConfigError(f"--stops is {stops!r}.", expected, field="stops") from None
    return [s for s in wanted if s >= COMPACT_STOP] + [s for s in reversed(wanted) if s < COMPACT_STOP]


def _answer(config: configs.ExperimentConfig, store: Store, parsed) -> Answer:
    """The result, trained or out of the store, with its control."""
    asked = ask(config, store, parsed.plain)
    if parsed.strict:
        refuse_unreadable(asked.dataset)
    parts = datasets.split(asked.dataset, config.data)  # one that cannot be made is refused before training
    from_store = store.whole(asked.key)
    if from_store:
        print_dataset(asked.dataset, store.home)
    else:
        with jobs.training_lock(store, say_waiting):
            print_dataset(asked.dataset, store.home)
            print(_divided(parts, len(asked.dataset.items)), file=sys.stderr)
            train(asked)
    return answer_of(asked, from_store)


def _divided(parts: dict[str, np.ndarray], total: int) -> str:
    """Which images are used: "2,500 images: 1,750 train, 375 validation, 375 test."."""
    counts = {name: len(positions) for name, positions in parts.items()}
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"{words.part_of(sum(counts.values()), total)} images: {said}."


def answer_of(asked: Asked, from_store: bool = True) -> Answer:
    """A finished run with its control, which is trained now if it is missing and has no price to speak of."""
    store, control = asked.store, asked.control
    result = store.load(asked.key)
    if control is None or result.last.name != "fine_tuning":
        return Answer(result, from_store, dataset=asked.dataset)
    if control.due:
        train_control(control)
    known = store.load(control.key) if store.whole(control.key) else None
    if known is None or known.dataset.split_key != result.dataset.split_key:
        return Answer(result, from_store, dataset=asked.dataset)
    verdict = compare_models(store, Model(control.key, "feature_extraction"), Model(asked.key, "fine_tuning"))
    return Answer(result, from_store, known.last, verdict, asked.dataset)


def train_control(control: Asked) -> None:
    """Train what a stored run's fine-tuning is judged against; where that cannot be, say why: the run is
    there all the same."""
    print("What is its fine-tuning worth? The head alone, trained as long, will say.", file=sys.stderr)
    try:
        with jobs.training_lock(control.store, say_waiting):
            train(control)
    except ThawError as problem:
        print(f"It could not be trained. {problem}", file=sys.stderr)


def say_waiting() -> None:
    """Another process is training in this store."""
    print("Waiting for the training in progress…", file=sys.stderr)


def train(asked: Asked) -> RunResult:
    """Train now, and tell on standard error what it costs and how it goes. Hold the training lock."""
    predicted = price.predict(asked)
    parts = words.price_parts(predicted.parts, predicted.memory_bytes, predicted.disk_bytes)
    print(f"About {words.duration(predicted.seconds)} on this machine. {parts}", file=sys.stderr)
    if beyond := words.beyond_budget(predicted.feature_bytes, budget_bytes()):
        print(beyond, file=sys.stderr)
    from core.method import device

    print(f"On {device.configure(device.fitting(asked.config)[0])}.", file=sys.stderr)
    with ProgressBar(sys.stderr) as progress:
        return experiment.run(asked, report=progress)
