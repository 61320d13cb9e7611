"""What sets runs apart: the settings in which they differ, in words."""

from collections.abc import Sequence
from typing import Any

from core.config import ExperimentConfig
from core.wording import augmentation, words

NOT_USED = "–"  # the run has no such phase, or nothing that the setting could change


def differing_settings(configs: Sequence[ExperimentConfig]) -> dict[str, list[str]]:
    """Setting in words -> its value in each config, for settings whose values are not all the same.

    Settings that cannot change a run's numbers are never told. The BatchNorm mode is not among them:
    `words.batch_norm` names it for every run.
    """
    values = [_values(config) for config in configs]
    names = list(dict.fromkeys(name for found in values for name in found))
    rows = {name: [found.get(name, NOT_USED) for found in values] for name in names}
    return {name: row for name, row in rows.items() if len(set(row)) > 1}


def _values(config: ExperimentConfig) -> dict[str, str]:
    canonical = config.canonical()
    del canonical["batch_norm"], canonical["augmentation"]
    said = {words.SETTING_NAMES.get(name, name): _said(name, value) for name, value in _flat(canonical)}
    said["augmentation"] = augmentation.said(config.augmentation, config.data.image_size)
    return said


def _flat(plain: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, value in plain.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, value))
    return [(name, value) for name, value in found if value is not None or name == "data.limit"]


def _said(name: str, value: Any) -> str:
    leaf = name.rpartition(".")[2]
    if leaf == "unfreeze_from":
        return words.freeze_up_to(value)
    if leaf == "optimizer":
        return words.OPTIMIZER_NAMES[value]
    if leaf == "learning_rate":
        return words.rate(value)
    if leaf == "weights":
        return "ImageNet" if value == "imagenet" else value
    if leaf == "image_size":
        return f"{value} px"
    if isinstance(value, list):
        return ", ".join(f"{part:g}" for part in value) or "none"
    return "all" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
