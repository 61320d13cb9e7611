"""What a study of kind `cka` says: as a table, and in sentences. No TensorFlow."""

from typing import Any

import pandas as pd

from core.wording import words

POOLED = (
    "Every channel is averaged over its positions first, as the head would see it. A block that finds the "
    "same things at other places would count as unchanged here."
)
ALIKE = 1e-6  # as near to 1 as rounding lets frozen blocks be


def similarity_frame(record: dict[str, Any]) -> pd.DataFrame:
    """A row a segment, input first: block, frozen, cka, low, high."""
    return pd.DataFrame(record["blocks"], columns=["block", "frozen", "cka", "low", "high"])


def map_frame(record: dict[str, Any]) -> pd.DataFrame:
    """A row a pair of segments: before, after, cka."""
    names = [row["block"] for row in record["blocks"]]
    return pd.DataFrame(
        {"before": was, "after": now, "cka": value}
        for was, row in zip(names, record["map"], strict=True)
        for now, value in zip(names, row, strict=True)
    )


def headline(record: dict[str, Any]) -> str:
    """Which segment changed most what it sees, and by how much."""
    known = [row for row in record["blocks"] if row["cka"] is not None]
    learning = [row for row in known if not row["frozen"]]
    start = "the random start" if record["before"] == "random" else "the pretrained network"
    if not learning:
        return (
            f"**Every block sees these {record['images']:,} images exactly as before: nothing was thawed.**"
        )
    least = min(learning, key=lambda row: row["cka"])
    return f"**Least like {start} is what {least['block']} sees: similarity {_said(least)}.**"


def notes(record: dict[str, Any]) -> list[str]:
    """The frozen part as a check; the top; what pooling does to it."""
    found, learning = [], [row for row in record["blocks"] if not row["frozen"]]
    far, frozen = record["farthest_below"], sum(row["frozen"] for row in record["blocks"])
    if far is not None and far <= ALIKE:
        found.append(
            f"Below the cut it is exactly 1 ({words.plural(frozen, 'segment')}), though both networks were "
            "run from the pixels: frozen means frozen."
        )
    elif far is not None:
        found.append("Below the cut it is not 1, as it should be: something is wrong with this run.")
    top = record["blocks"][-1]
    if learning and top["cka"] is not None:
        found.append(f"What the head sees, at the top, has similarity {_said(top)}.")
    if any(row["cka"] is None for row in record["blocks"]):
        found.append("Where there is no dot every image looks the same, so nothing can be compared.")
    return [*found, POOLED]


def _said(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return f"{row['cka']:.3f}"
    return f"{row['cka']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
