"""`check --data NAME`: all that may be wrong with the images and labels of a set, as page Data lists it."""

import sys
from typing import Any

from core.commands.printing import print_dataset, print_json
from core.commands.progress_bar import ProgressBar
from core.commands.training import say_waiting
from core.config import DataConfig, ExperimentConfig
from core.data import datasets, looks, relabelling
from core.data.datasets import Dataset
from core.errors import ConfigError
from core.explain import studies
from core.explain import suspects as suspects_study
from core.intake import shortcuts, suspect_labels
from core.intake.report import Finding
from core.intake.suspect_labels import Suspects
from core.intake.trouble import listed, trouble
from core.results import to_plain
from core.running import jobs
from core.store import Store
from core.typed_places import read_place
from core.wording import words


def check_images(parsed, store: Store) -> int:
    """Print every finding. Raises ThawError for bad input."""
    if parsed.repair:
        raise ConfigError("--repair mends a store.", "Expected it without --data.", field="data")
    dataset = datasets.find(read_place(parsed.data), store.home, personal=store.personal)
    print_dataset(dataset, store.home)
    config = ExperimentConfig(data=DataConfig(dataset.name))
    with ProgressBar(sys.stderr) as bar:
        seen = looks.of(dataset, store.home, bar)
    judged = _judged(config, dataset, store) if parsed.labels else None
    found = listed(trouble(dataset, datasets.split(dataset, config.data), seen), judged)
    if parsed.json:
        print_json(_plain(dataset, found, shortcuts.shortcuts(dataset, seen), judged))
    else:
        _print(dataset, found, judged)
    return 0


def _judged(config: ExperimentConfig, dataset: Dataset, store: Store) -> Suspects:
    """What is known of the labels, computed now unless it is stored."""
    asked = suspects_study.study_of(config, dataset)
    key = asked.key(dataset)
    if not store.whole(key):
        from core.method import device

        seconds = studies.predicted_seconds(asked, store, dataset)
        print(f"Judging labels: about {words.duration(seconds)} on this machine.", file=sys.stderr)
        with jobs.training_lock(store, say_waiting):
            device.configure(device.fitting(config)[0])
            studies.perform(studies.request(asked, store, dataset), store)
    return suspect_labels.on(dataset, store.record(key), relabelling.decided(store.personal, dataset.name))


def _plain(
    dataset: Dataset, found: list[Finding], told: list[shortcuts.Told], judged: Suspects | None
) -> dict[str, Any]:
    def names(positions) -> list[str]:
        return [dataset.items[position].name for position in positions]

    labels = None if judged is None else {
        "images": judged.images, "pointed": judged.pointed, "trial": judged.trial.plain(),
        "suspects": [
            {
                "picture": dataset.items[one.position].name,
                "given": dataset.classes[dataset.items[one.position].label],
                "said": one.said, "sure": one.sure, "own": one.own, "nearest": names(one.nearest),
            }
            for one in judged.undecided
        ],
    }  # fmt: skip
    return {
        "dataset": dataset.name,
        "images": len(dataset.items),
        "findings": [
            {
                "kind": one.kind, "title": one.title, "meaning": one.meaning.replace("**", ""),
                "pictures": [names(group) for group in one.groups], "leave_out": names(one.leave_out),
            }
            for one in found
        ],
        "shortcuts": [to_plain(one) | {"interval": list(one.interval)} for one in told],
        "labels": labels,
    }  # fmt: skip


def _print(dataset: Dataset, found: list[Finding], judged: Suspects | None) -> None:
    for one in found:
        print(f"{one.title}.".replace("**", ""))
        print(f"  {one.meaning}".replace("**", ""))
        for group in one.groups[:10]:
            print("  " + " · ".join(dataset.items[position].name for position in group[:6]))
        if len(one.groups) > 10:
            print(f"  and {len(one.groups) - 10:,} more: --json has all")
    if judged is None:
        print("Labels were not judged: --labels does that.")
    elif not judged.undecided:
        print(suspect_labels.tried(judged).replace("**", ""))
    if not found:
        print(f"Nothing odd was found among {words.plural(len(dataset.items), 'picture')}.")
