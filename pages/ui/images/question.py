"""Which curves are asked for: the recipe of the data set at six numbers of training images."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.compare.images_curve import MOST_MORE, SCRATCH, TUNED, ImagesCurve, of_heads, of_runs
from core.config import ExperimentConfig
from core.explain import head_curve
from core.explain.studies import Study
from core.sweeps.image_counts import image_counts, sweep_over
from pages.ui import address, asking, number_field, services, study, swept
from pages.ui.swept import Swept

SEEDS = (3, 5)


@dataclass(frozen=True)
class Question:
    """Three curves that can be asked for.

    Attributes:
        counts: Numbers of training images, ascending; the last is all of them.
        heads: The frozen networks, all in one study.
        runs: `TUNED` and `SCRATCH` -> their sweeps.
        more: How many more images are asked about.
    """

    config: ExperimentConfig
    counts: tuple[int, ...]
    heads: Study
    runs: Mapping[str, Swept]
    more: int

    def curves(self) -> list[ImagesCurve]:
        """What is there of them. Raises DatasetError or StoreError."""
        found, frozen = [], study.answer(self.heads)
        if frozen is not None:
            found.append(of_heads(frozen.record, frozen.arrays, self.config.seed))
        for arm, asked in self.runs.items():
            found.append(of_runs(arm, self.counts, asked.points, asked.keys, asked.there()))
        return [curve for curve in found if curve.right]

    def active(self) -> bool:
        """Whether something of it waits or is trained."""
        heads = services.state(asking.key_of(self.heads))
        return (heads is not None and heads.active) or any(asked.active() for asked in self.runs.values())


def choose(config: ExperimentConfig) -> Question:
    """Draw the choices and give the question. Raises DatasetError where there are too few images."""
    dataset = services.get_dataset(config.data.name)
    counts = image_counts(dataset, config.data)
    address.choice("images_seeds", SEEDS)
    usual = _nice(counts[-1])
    address.bind("images_more", address.number(1, MOST_MORE, int), usual)
    left, right = st.columns(2)
    seeds = left.segmented_control(
        "Networks at each number", SEEDS, default=SEEDS[0], required=True, key="images_seeds",
        persist_state="session",
        help="Fine-tuned and from scratch. Each is from another seed and learns from another draw of the "
        "images, so their spread tells how much is luck. Frozen heads are cheap: there are always ten.",
    )  # fmt: skip
    more = number_field.whole(
        "How many more images?", 1, MOST_MORE, usual, key="images_more", where=right, step=10,
        help="Beyond all there are now: what they would bring is foretold.",
    )  # fmt: skip
    seeds = seeds or SEEDS[0]
    return Question(
        config, counts, head_curve.study_of(config, dataset),
        {
            arm: swept.of_sweep(sweep_over(recipe, counts, seeds))
            for arm, recipe in ((TUNED, config), (SCRATCH, config.without_transfer()))
        },
        more,
    )  # fmt: skip


def _nice(images: int) -> int:
    """About as many again, in one digit: 200 of 200, 1,000 of 1,400."""
    unit = 10 ** (len(str(images)) - 1)
    return images // unit * unit
