"""The model card of a run (after Mitchell and others, "Model Cards for Model Reporting", FAT* 2019): what it
was trained on, how good it is and for whom, what it mixes up, and what nobody has tested.

Everything is read from the run's record, its stored predictions and its images; nothing is computed anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import group_rules
from core.compare.calibration import bin_sentence, calibrate, chance_sentence, gap_sentence
from core.compare.decision import Decision, decision_of
from core.compare.disagreements import Predictions
from core.compare.per_class import confusions, hardest_note, per_class
from core.config import ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.data.images import squash
from core.data.references import last_part, public_name
from core.errors import ThawError
from core.export.usage import Usage
from core.lab.questions import Tile
from core.results import Evaluation, RunResult
from core.statistics.baseline import commonest_share
from core.statistics.paired import wilson_interval
from core.store import Store, finished
from core.transforms import TRANSFORMS
from core.wording import words

MIX_UPS = 4  # the commonest, with pictures
PICTURES = 3  # of each, the surest mistakes first
FEW = 30  # images of a class: with fewer, the interval of a recall of one half spans over a third
IN_WORDS = {"test": "test images, which nothing was chosen by", "validation": "validation images"}


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it: sentences, a table (its first column names the rows), pictures."""

    title: str
    sentences: tuple[str, ...] = ()
    table: pd.DataFrame | None = None
    pictures: tuple[Tile, ...] = ()


@dataclass(frozen=True)
class Card:
    """What is to be known of a model, ready to be written."""

    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Subject:
    """The run that a card is about.

    Attributes:
        dataset: Its images; None where those that it was trained on are no longer here.
        split: The images it is judged by: `test`, or `validation` where the test set is to stay sealed.
        tried: Finished runs that were checked on the same images, this one among them.
        decided: How its answers are to be used.
    """

    config: ExperimentConfig
    result: RunResult
    dataset: Dataset | None
    said: Predictions
    split: str
    tried: int
    decided: Decision

    @classmethod
    def of(cls, store: Store, run_key: str, dataset: Dataset | None, with_test: bool) -> "Subject":
        """Read a finished run.

        Raises:
            StoreError: it is gone, or its predictions are.
        """
        config, result = store.config(run_key), store.load(run_key)
        split = "test" if with_test else "validation"
        phase, labels = f"{result.last.name}/{split}", f"labels/{split}"
        arrays = store.arrays(run_key, (phase, labels))
        here = [
            run for run in finished(store.list_runs())
            if run.result.dataset.split_key == result.dataset.split_key
        ]  # fmt: skip
        same = dataset if dataset is not None and _same(dataset, config, result) else None
        said = Predictions.of(arrays[phase], arrays[labels])
        return cls(config, result, same, said, split, max(1, len(here)), decision_of(store, result))

    @property
    def usage(self) -> Usage:
        return Usage.of(self.config, self.result, self.decided)

    @property
    def checked(self) -> Evaluation:
        return self.result.last.test if self.split == "test" else self.result.last.validation

    @property
    def classes(self) -> tuple[str, ...]:
        return self.result.dataset.classes

    @property
    def images(self) -> str:
        """What the data set is called where others read it."""
        if self.dataset is not None:
            return public_name(self.dataset)
        return last_part(self.result.dataset.name)


def _same(dataset: Dataset, config: ExperimentConfig, result: RunResult) -> bool:
    try:
        return datasets.summarize(dataset, config.data).split_key == result.dataset.split_key
    except ThawError:  # they can no longer be divided so
        return False


def card(about: Subject, files: Sequence[str] = (), pictures: bool = True) -> Card:
    """The card of a run.

    Args:
        files: What to say of the model's files, a sentence each.
        pictures: Whether pictures that it got wrong are in it: they are the photos of whoever trained it.
    """
    sections = [
        _what(about),
        _trained_on(about),
        Section("How pixels go in", tuple(about.usage.sentences())),
        _how_good(about),
        _how_sure(about),
        _mix_ups(about, pictures),
        _untested(about),
        *([Section("Its files", tuple(files))] if files else []),
        _receipt(about),
    ]
    return Card(f"Model card: {about.images}, {words.classes(about.classes)}", tuple(sections))


def _what(about: Subject) -> Section:
    config, result = about.config, about.result
    weights = "random weights"
    if config.base.weights == "imagenet":
        weights = f"ImageNet's weights ({words.IMAGENET_PHOTOS})"
    phases = "; then ".join(_phase(phase) for phase in result.phases)
    on = [TRANSFORMS[name].title for name in config.augmentation.on]
    augmented = f"Training images were changed at random: {', '.join(on)}." if on else "No augmentation."
    return Section(
        "What it is",
        (
            f"It divides pictures among {words.classes(about.classes)}. MobileNetV2 from {weights}, "
            f"{config.data.image_size} px, {words.recipe(config)}, trained on {result.created[:10]}: "
            f"{phases}. {augmented}",
            "It always names one of its classes, whatever it is shown.",
        ),
    )


def _phase(phase) -> str:
    learned = words.count(phase.trainable_parameters)
    epochs = words.plural(len(phase.epochs), "epoch")
    return f"{words.PHASE_NAMES[phase.name]}, {epochs}, {learned} numbers learned"


def _trained_on(about: Subject) -> Section:
    data, found = about.config.data, about.result.dataset
    told = [f"The data set {about.images}."]
    if about.dataset is not None and about.dataset.licence:
        told.append(f"Licence of the images, as they state it: {about.dataset.licence}.")
    given = about.dataset is not None and any(item.split for item in about.dataset.items)
    shares = "" if data.shares is None else f" in shares of {', '.join(map('{:.0%}'.format, data.shares))}"
    told.append(
        "The three parts share no image. "
        + ("Parts that came with it were kept, others drawn" if given else "They were drawn")
        + f" by class and seed {data.split_seed}{shares}. {_apart(data.groups, given)} may still lie in two "
        "parts: that would make the accuracies below too good."
    )
    if data.limit is not None and about.dataset is not None:
        total = len(about.dataset.items)
        told.append(f"Images used: {words.part_of(sum(found.counts.values()), total)}.")
    table = pd.DataFrame({"class": [*found.classes, "all"]})
    for split, counts in found.class_counts.items():
        table[split] = [*(f"{count:,}" for count in counts), f"{found.counts[split]:,}"]
    return Section("Trained on", tuple(told), table)


def _apart(rule: str | None, given: bool) -> str:
    """What was kept together, and the subject of the sentence on what was not."""
    if rule is None:
        return "Near copies and pictures of one scene"
    kept = "Where they were drawn, images" if given else "Images"
    others = {group_rules.NEAR: "Pictures of one scene", group_rules.COLUMN: "Near copies in other groups"}
    left = others.get(group_rules.parts(rule)[0], "Near copies with other names")
    return f"{kept} that share {group_rules.said(rule)} were kept together. {left}"


def _how_good(about: Subject) -> Section:
    checked, own = about.checked, about.result.last.validation
    counts = about.result.dataset.class_counts[about.split]
    told = [
        f"Right on {checked.correct:,} of {checked.n:,} {IN_WORDS[about.split]}: "
        f"{words.percent(checked.accuracy)} (95% interval {words.interval(*checked.interval)}). Always "
        f"naming the commonest class would be right on {words.percent(commonest_share(counts))}."
    ]
    if about.split == "test":
        told.append(
            f"On validation images it is right on {own.correct:,} of {own.n:,}, "
            f"{words.percent(own.accuracy)} ({words.interval(*own.interval)})."
        )
    else:
        told.append("The test images have not been opened: they are for the network chosen in the end.")
    if about.tried > 1:
        told.append(
            f"{about.tried:,} runs were checked on the same validation images. If this one was chosen among "
            "them, its validation accuracy is a little too good."
        )
    if note := hardest_note(checked, about.classes, "It"):
        told.append(note)
    return Section("How good it is", tuple(told), by_class(checked, about.classes))


def by_class(checked: Evaluation, classes: Sequence[str]) -> pd.DataFrame:
    """A row a class in words: images, those it finds (recall) with Wilson's 95% interval, and how often it is
    right where it says the class (precision)."""
    frame = per_class(checked, classes)
    right = list(zip(frame["right"], frame["images"], strict=True))
    return pd.DataFrame(
        {
            "class": frame["class"],
            "images": frame["images"],
            "found": frame["right"],
            "recall": [words.percent(hits / n) if n else "-" for hits, n in right],
            "95% interval": [words.interval(*wilson_interval(hits, n)) if n else "-" for hits, n in right],
            "precision": [words.percent(share) if share == share else "-" for share in frame["precision"]],
        }
    )


def _how_sure(about: Subject) -> Section:
    said = about.said
    probabilities = said.probabilities[:, 1] if len(about.classes) == 2 else said.probabilities
    found = calibrate(probabilities, said.labels, len(about.classes))
    told = [gap_sentence(found).replace("**", ""), bin_sentence(found), chance_sentence("this model", found)]
    return Section("How sure it is", tuple(filter(None, told)))


def _mix_ups(about: Subject, pictures: bool) -> Section:
    table = confusions(about.checked, about.classes).rename(columns={"predicted": "named"})
    if not len(table):
        return Section("What it mixes up", (f"Not one of these {about.checked.n:,} images.",))
    shown: tuple[Tile, ...] = ()
    told = [f"Of the {IN_WORDS[about.split].partition(',')[0]}, the commonest first."]
    if pictures and about.dataset is not None:
        shown = tuple(_tiles(about, about.dataset))
        told.append("The pictures are the mistakes that it was surest of.")
    elif pictures:
        told.append("The images that it was trained on are no longer here, so none are shown.")
    return Section("What it mixes up", tuple(told), table.head(10), shown)


def _tiles(about: Subject, dataset: Dataset) -> list[Tile]:
    said, names = about.said, about.classes
    positions = datasets.split(dataset, about.config.data)[about.split]
    found = []
    for row in confusions(about.checked, names).head(MIX_UPS).itertuples(index=False):
        true, named = names.index(row[0]), names.index(row[1])
        rows = np.flatnonzero((said.labels == true) & (said.predicted == named))
        for at in rows[np.argsort(-said.confidence[rows], kind="stable")][:PICTURES]:
            pixels = squash(dataset.image(int(positions[at])), about.config.data.image_size)
            certainty = words.percent(float(said.confidence[at]))
            found.append(Tile(pixels, f"{row[0]}, named {row[1]} ({certainty})"))
    return found


def _untested(about: Subject) -> Section:
    counts = about.result.dataset.class_counts[about.split]
    few = [name for name, count in zip(about.classes, counts, strict=True) if count < FEW]
    told = [
        "Pictures of another source: another camera, day, place or light. All images above come from one "
        "data set. A second labelled set says more: "
        "`python -m core predict RUN FOLDER --labels folders`.",
        f"Pictures of anything but {_some(about.classes)}: it names a class all the same, and may be sure of "
        "it.",
        "Pictures that show several of them, or one that is small or cut off, unless its images do, too.",
        "Pictures made to deceive it, and what it means for groups of people.",
    ]
    if few:
        told.append(f"Well enough: {_some(few)}, with fewer than {FEW} images to judge by.")
    return Section("What it was not tested on", tuple(told))


def _some(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _receipt(about: Subject) -> Section:
    result = about.result
    rows = {
        "run": result.run_key,
        "images and split": result.dataset.split_key,
        "pretrained weights": f"{result.weights.source} {result.weights.sha256[:16]}".strip(),
        "seed": str(about.config.seed),
        "computed on": result.device,
    }
    return Section(
        "Receipt",
        ("`python -m core verify receipt.json` trains it again and compares every number.",),
        pd.DataFrame({"what": list(rows), "which": list(rows.values())}),
    )
