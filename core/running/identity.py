"""Which run is which: the keys of runs. No TensorFlow."""

from core.config import SCRATCH_MOMENTUM, ExperimentConfig
from core.data.datasets import Dataset
from core.keys import content_key
from core.method.weights import SHA256


def identify(config: ExperimentConfig, dataset: Dataset, plain: bool = False) -> str:
    """The key of a run: the same settings on the same images with the same weights."""
    weights = SHA256 if config.base.weights == "imagenet" else f"random, BatchNorm {SCRATCH_MOMENTUM}"
    parts = {"config": config.canonical(), "images": dataset.key, "plain": plain}
    return content_key("run-v1", {**parts, "weights": weights})
