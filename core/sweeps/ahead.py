"""Features of all points of a sweep from one pass, before any of them trains: see `core.method.all_stops`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from core.config import BaseConfig, DataConfig, ExperimentConfig
from core.data import datasets
from core.data.datasets import Dataset
from core.errors import ThawError
from core.results import EpochMetrics
from core.running.identity import Asked
from core.stopping import nothing
from core.store import Store
from core.sweeps.plan import Point
from core.sweeps.point import Asks

Kind = tuple[DataConfig, BaseConfig, int]
FEWEST = 3  # unfreeze points to be trained: fewer make their own features in no more time


def keep_features(points: Sequence[Point], dataset: Dataset, store: Store, asks: Asks) -> None:
    """Store the features that points to be trained share the way to: those of one set of images in one size.
    Whatever stands in the way of that (a disk that is full, say) is no reason not to train: each point then
    makes its own.

    Raises:
        Stopped: someone asked.
    """
    missing = [
        point.config for point in points if not store.finished(Asked(point.config, dataset, store).key)
    ]
    for kind, stops in together(missing).items():
        if len(stops) >= FEWEST:
            one = next(config for config in missing if kind_of(config) == kind)
            one_pass(one, stops, dataset, store, asks)


def kind_of(config: ExperimentConfig) -> Kind | None:
    """What decides features besides the unfreeze point; None with augmentation, where no pass is shared."""
    random = config.seed if config.base.weights == "random" else 0  # its weights are the seed's
    return (
        None if config.augmentation.active
        else (replace(config.data, train_limit=None, train_draw=0), config.base, random)
    )  # fmt: skip


def together(configs: Iterable[ExperimentConfig]) -> dict[Kind, list[int]]:
    """Kind of features -> the unfreeze points that share the way to them, in the order given, each once."""
    found: dict[Kind, dict[int, None]] = {}
    for config in configs:
        kind = kind_of(config)
        if kind is not None:
            found.setdefault(kind, {})[config.fine_tuning.unfreeze_from] = None
    return {kind: list(stops) for kind, stops in found.items()}


def one_pass(
    config: ExperimentConfig, stops: Sequence[int], dataset: Dataset, store: Store, asks: Asks
) -> None:
    """Store the features at these unfreeze points of all images that `config` has, also of those that its
    `train_limit` leaves out. A note says where that could not be done.

    Raises:
        Stopped: someone asked.
    """
    from core.method import all_stops

    told = _Told(asks)
    config = replace(config, data=replace(config.data, train_limit=None))
    try:
        splits = datasets.load(config.data, store.cache, told, asks.should_stop, dataset)
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

    def check_stop(self, settle: Callable[[], object] = nothing) -> None:
        self.asks.check_stop(settle)

    def should_give_way(self) -> bool:
        return False
