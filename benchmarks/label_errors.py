"""Wrong labels found: how many, how many of those pointed at are wrong, and whether Thaw's own estimate of
both agrees with the truth.

    python -m benchmarks.label_errors [--trials 10] [SET:SIZE ...]

In each trial 5% of a set's labels are flipped at random, and Thaw does not know which. It looks for them, and
says by flipping others on purpose what it expects to find (`core.explain.confident`). The truth is counted
here. Labels of the set itself that are wrong are counted as right.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.config import DataConfig, ExperimentConfig
from core.data import datasets
from core.explain import confident, trained
from core.explain.confident import Share, Trial
from core.explain.studies import Context
from core.log import Log
from core.method import device
from core.statistics.paired import wilson_interval
from core.store import Store

SETS = ("cats_and_dogs:96", "digits:64")
KEY = "study-v1-0000000000000000"


@dataclass(frozen=True)
class Outcome:
    """One trial: what is so, and what was estimated.

    Attributes:
        flipped, pointed, both: Labels flipped, labels pointed at, and those of both.
        estimate: What `confident.look` says, which knows of no flip.
    """

    flipped: int
    pointed: int
    both: int
    estimate: Trial

    @property
    def found(self) -> float:
        """Of the flipped ones, the share that was found: recall."""
        return self.both / self.flipped

    @property
    def right(self) -> float:
        """Of those pointed at, the share that was flipped: precision."""
        return self.both / max(self.pointed, 1)

    @property
    def agrees(self) -> tuple[bool, bool]:
        """Whether the truth about each lies in the estimate's interval."""
        return _within(self.found, self.estimate.found), _within(self.right, self.estimate.right)


def _within(truth: float, estimate: Share) -> bool:
    return estimate.low <= truth <= estimate.high


def features(name: str, size: int, home: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """(reduced features, labels, ids, number of classes) of all images of a set."""
    store = Store(home)
    dataset = datasets.find(name, home)
    config = ExperimentConfig(data=DataConfig(name, image_size=size))
    store.create(KEY, config)
    context = Context(KEY, config, {}, dataset, store, Log(store, KEY))
    pooled = trained.pooled_features(context, context.splits.used, None)
    splits = context.splits
    return confident.reduced(pooled), splits.labels, splits.image_ids, len(splits.classes)


def trial(some: tuple[np.ndarray, np.ndarray, np.ndarray, int], seed: int) -> Outcome:
    """Flip labels, look for them and count."""
    reduced, labels, ids, classes = some
    flipped, given = confident.plant(labels, classes, np.random.default_rng([seed, 1]))
    looked = confident.look(reduced, given, ids, classes, lambda done: None)
    return Outcome(
        int(flipped.sum()), int(looked.pointed.sum()), int((flipped & looked.pointed).sum()), looked.trial
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--trials", type=int, default=10)
    parsed = parser.parse_args()
    device.configure(1)
    for one in parsed.sets:
        name, _, size = one.partition(":")
        with tempfile.TemporaryDirectory() as home:
            some = features(name, int(size or 96), Path(home))
        print(f"{one}: {len(some[1]):,} images, {some[3]} classes")
        begin, outcomes = time.process_time(), []
        for seed in range(parsed.trials):
            outcomes.append(trial(some, seed))
            _tell(outcomes[-1])
        took = (time.process_time() - begin) / parsed.trials
        _sum_up(outcomes, took)


def _tell(outcome: Outcome) -> None:
    estimate = outcome.estimate
    marks = ["yes" if one else "NO" for one in outcome.agrees]
    print(
        f"  found {outcome.found:.3f} (expected {_told(estimate.found)}: {marks[0]})   "
        f"right {outcome.right:.3f} of {outcome.pointed} (expected {_told(estimate.right)}: {marks[1]})",
        flush=True,
    )


def _told(share: Share) -> str:
    return f"{share.share:.3f}, {share.low:.3f} to {share.high:.3f}"


def _sum_up(outcomes: list[Outcome], seconds: float) -> None:
    flipped, pointed, both = (
        sum(getattr(one, what) for one in outcomes) for what in ("flipped", "pointed", "both")
    )
    recall, precision = wilson_interval(both, flipped), wilson_interval(both, pointed)
    agree = np.array([one.agrees for one in outcomes]).sum(axis=0)
    print(
        f"  all: recall {both / flipped:.3f} ({recall[0]:.3f} to {recall[1]:.3f}), precision "
        f"{both / pointed:.3f} ({precision[0]:.3f} to {precision[1]:.3f}); the estimate agrees in "
        f"{agree[0]} and {agree[1]} of {len(outcomes)}; {seconds:.0f} CPU s a look"
    )


if __name__ == "__main__":
    main()
