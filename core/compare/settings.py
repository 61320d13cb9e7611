"""What sets runs apart: the settings in which they differ, in words."""

from collections.abc import Sequence

from core.config import SETTINGS, ExperimentConfig
from core.wording import augmentation, words

NOT_USED = "–"  # the run has no such phase, or nothing that the setting could change
THREADS = SETTINGS["threads"].title


def differing_settings(configs: Sequence[ExperimentConfig]) -> dict[str, list[str]]:
    """Setting in words -> its value in each config, for settings whose values are not all the same.

    Settings that cannot change a run's numbers are never told. The BatchNorm mode is not among them:
    `words.batch_norm` names it for every run.
    """
    values = [_values(config) for config in configs]
    names = list(dict.fromkeys(name for found in values for name in found))
    rows = {name: [found.get(name, NOT_USED) for found in values] for name in names}
    if len({found[THREADS] for found in values if THREADS in found}) < 2:
        rows.pop(THREADS, None)  # nobody chose it: of a run that has none, other columns say why
    return {name: row for name, row in rows.items() if len(set(row)) > 1}


def _values(config: ExperimentConfig) -> dict[str, str]:
    canonical, plain, said = config.canonical(), config.to_dict(), {}
    for name, about in SETTINGS.items():
        section, _, leaf = name.rpartition(".")
        told_elsewhere = name in ("data.name", "batch_norm") or section == "augmentation"
        if told_elsewhere or (section and canonical[section] is None):
            continue
        if name == "threads" and not config.counts_threads:
            continue
        if name == "data.train_draw" and not (config.data.train_limit and config.data.train_draw):
            continue  # the usual draw is what nobody chose
        said[about.title] = words.setting(name, plain[section][leaf] if section else plain[leaf])
    said["augmentation"] = augmentation.said(config.augmentation, config.data.image_size)
    return said
