"""Which run is which: the keys of runs and feature maps. No TensorFlow."""

from core.config import ExperimentConfig
from core.datasets import Dataset
from core.keys import content_key
from core.weights import SHA256

MAP_IMAGES = 1000  # points on a feature map; more would only hide each other


def identify(config: ExperimentConfig, dataset: Dataset, plain: bool = False) -> str:
    """The key of a run: the same settings on the same images with the same weights."""
    pretrained = config.base.weights == "imagenet"
    parts = {"config": config.canonical(), "images": dataset.key, "plain": plain}
    return content_key("run-v1", {**parts, "weights": SHA256 if pretrained else "random"})


def map_key(config: ExperimentConfig, dataset: Dataset) -> str:
    """The key of a feature map: pooled features of the validation images by the frozen backbone."""
    canonical = config.canonical()
    parts = {"data": canonical["data"], "base": canonical["base"], "images": dataset.key}
    return content_key("map-v1", {**parts, "weights": SHA256, "n": MAP_IMAGES})
