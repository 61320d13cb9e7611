"""The chosen networks in numbers, one row each: for the page, and for the file to keep."""

from collections.abc import Sequence

import pandas as pd

from core.compare.networks import Compared
from core.compare.settings import differing_settings
from core.config import ExperimentConfig
from core.results import Evaluation, spent_on
from core.statistics.balanced import balanced, uneven
from core.wording import words


def comparison_table(chosen: Sequence[Compared], split: str) -> pd.DataFrame:
    """Every number as it was measured: accuracies in 0..1, loss in nats, seconds of all phases up to the
    network's own.

    The last columns are the settings in which the chosen networks differ.

    Args:
        split: `validation` or `test`.
    """
    rows = []
    for one in chosen:
        checked, result = one.checked(split), one.run.result
        took = spent_on(result.up_to(one.phase))
        rows.append(
            {
                "network": one.label,
                f"{split} accuracy": checked.accuracy,
                "95% from": checked.interval[0],
                "95% to": checked.interval[1],
                "right": checked.correct,
                "images": checked.n,
                **_alike(checked, result.dataset.class_counts["train"]),
                f"{split} loss": checked.loss,
                "seconds": round(took.total, 3),
                "seconds from nothing": round(took.from_nothing, 3),
                "trainable parameters": one.phase.trainable_parameters,
                "BatchNorm": words.batch_norm(settings(one)),
                "path": one.phase.path,
                "device": result.device,
            }
        )
    table = pd.DataFrame(rows)
    differing = differing_settings([settings(one) for one in chosen])
    return table.assign(**differing)


def _alike(checked: Evaluation, counts: Sequence[int]) -> dict[str, float]:
    """What counts each class alike, where they are uneven."""
    found = balanced(checked)
    return {"balanced accuracy": found.accuracy, "macro-F1": found.macro_f1} if uneven(counts) else {}


def settings(one: Compared) -> ExperimentConfig:
    """What a network was trained by: of a run's first phase, without the second."""
    return one.run.config if one.is_last else one.run.config.first_phase_only()


def readable(table: pd.DataFrame, split: str) -> pd.DataFrame:
    """The same with numbers as a person reads them."""
    shown = pd.DataFrame({"network": table["network"]})
    shown[f"{split} accuracy"] = table[f"{split} accuracy"].map(words.percent)
    shown["95% interval"] = list(map(words.interval, table["95% from"], table["95% to"]))
    counts = zip(table["right"], table["images"], strict=True)
    shown["right"] = [f"{right:,} of {images:,}" for right, images in counts]
    for name in ("balanced accuracy", "macro-F1"):
        if name in table:
            shown[name] = table[name].map(words.percent)
    shown[f"{split} loss"] = table[f"{split} loss"].map("{:.4f}".format)
    spent = zip(table["seconds"], table["seconds from nothing"], strict=True)
    shown["time"] = [words.spent(total, nothing) for total, nothing in spent]
    shown["trainable parameters"] = table["trainable parameters"].map("{:,}".format)
    shown["BatchNorm"] = table["BatchNorm"]
    columns = list(table.columns)
    return pd.concat([shown, table[columns[columns.index("device") + 1 :]]], axis=1)
