"""Features of all points of a sweep from one pass, before any of them trains: see `core.method.all_stops`."""

from collections.abc import Sequence
from dataclasses import replace

from core.config import BaseConfig, DataConfig, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import Stopped, ThawError
from core.results import EpochMetrics
from core.running.identity import Asked
from core.store import Store
from core.sweeps.plan import Point
from core.sweeps.point import Asks

FEWEST = 3  # unfreeze points to be trained: fewer make their own features in no more time


def keep_features(points: Sequence[Point], dataset: Dataset, store: Store, asks: Asks) -> None:
    """Store the features that points to be trained share the way to: those of one set of images in one size.
    Whatever stands in the way of that (a disk that is full, say) is no reason not to train: each point then
    makes its own.

    Raises:
        Stopped: someone asked.
    """
    together: dict[tuple[DataConfig, BaseConfig, int], list[ExperimentConfig]] = {}
    for point in points:
        config = point.config
        random = config.seed if config.base.weights == "random" else 0  # its weights are the seed's
        if not config.augmentation.active and not store.finished(Asked(config, dataset, store).key):
            kind = (replace(config.data, train_limit=None, train_draw=0), config.base, random)
            together.setdefault(kind, []).append(config)
    for (data, _, _), configs in together.items():
        stops = list(dict.fromkeys(config.fine_tuning.unfreeze_from for config in configs))
        if len(stops) >= FEWEST:
            _one_pass(replace(configs[0], data=data), stops, dataset, store, _Told(asks))


def _one_pass(
    config: ExperimentConfig, stops: Sequence[int], dataset: Dataset, store: Store, told: "_Told"
) -> None:
    from core.method import all_stops

    try:
        splits = datasets.load(config.data, store.home, told, told.asks.should_stop, dataset)
        all_stops.keep_features(config, splits, store, stops, told)
    except ThawError as problem:
        told.note(f"Every run makes its own features. {problem}")


class _Told:
    """Hears of the pass as a run's log would."""

    def __init__(self, asks: Asks):
        self.asks = asks

    def __call__(self, event: str, **values) -> None:
        if self.asks.report is not None:
            self.asks.report(event, **values)

    def epoch(self, metrics: EpochMetrics) -> None:
        """No epoch is trained here."""

    def note(self, text: str) -> None:
        self("note", text=text)

    def check_stop(self) -> None:
        if self.asks.should_stop is not None and self.asks.should_stop():
            raise Stopped

    def should_give_way(self) -> bool:
        return False
