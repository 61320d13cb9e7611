"""What a study of kind `rewind` says: as a table, and in sentences. No TensorFlow."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.explain.rewind import NO_RANKING, most_lost
from core.statistics.paired import SIGNIFICANCE
from core.wording import words

ORDER_TITLES = {"alone": "Each block alone", "top": "From the top down", "bottom": "From the bottom up"}
WHAT_TITLES = {"both": "Weights and statistics", "weights": "Weights only", "statistics": "Statistics only"}
_PUT_BACK = {
    "top": "{block} and all above it put back",
    "bottom": "{block} and all below it put back",
}
_NOT_GIVEN = {NO_RANKING: "no two blocks' intervals lie apart, so there is no order of what they lose"}
FEW = 4  # blocks that are named one by one


def rewind_frame(record: dict[str, Any]) -> pd.DataFrame:
    """A row a thawed block, input first; then the head and everything, where there was a frozen phase.

    Returns:
        Columns: block, accuracy, lost, low, high (points), kept, won (images), p (Holm), weights and
        statistics (relative change in %; none for the head and for everything).
    """
    rows = [(row["block"], row) for row in record["blocks"]]
    rows += [(name, record[key]) for name, key in (("head", "head"), ("everything", "everything"))
             if record[key] is not None]  # fmt: skip
    return pd.DataFrame(
        {
            "block": name,
            "accuracy": row["accuracy"],
            "lost": 100 * row["lost"],
            "low": 100 * row["interval"][0],
            "high": 100 * row["interval"][1],
            "kept": row["kept"],
            "won": row["won"],
            "p": row["p_value"],
            "weights": _percent(row.get("weights")),
            "statistics": _percent(row.get("statistics")),
        }
        for name, row in rows
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def learned_nothing(record: dict[str, Any]) -> str:
    """Why nothing can be lost, in words; empty where the network beats always naming the commonest class."""
    low, _ = record["interval"]
    if low > record["commonest"]:
        return ""
    return (
        f"The fine-tuned network gets {words.percent(record['accuracy'])} of {record['images']:,} validation "
        f"images right, and always naming the commonest class {words.percent(record['commonest'])}: these "
        "cannot be told apart, so there is nothing that a block could lose."
    )


def headline(record: dict[str, Any]) -> str:
    """Which block moved most and which matters most, as far as that can be told."""
    blocks = record["blocks"]
    if record["order"] != "alone":
        return _cumulative_headline(record)
    moved = max(blocks, key=lambda row: row["change"])
    said = f"Most moved {moved['block']} ({_change(moved)})"
    losing = [row for row in blocks if _loses(row)]
    if not losing:
        return (
            f"**{said}, and no block alone matters so much that {record['images']:,} images could tell: "
            "each can be put back.**"
        )
    most = most_lost(blocks)
    if len(most) == 1:
        return f"**{said}; without {most[0]['block']}'s change the network loses most: {_lost(most[0])}.**"
    names = words.listed([row["block"] for row in most]) if len(most) <= FEW else f"{len(most)} blocks"
    return (
        f"**{said}. Which matters most cannot be told: the intervals of {names} overlap.** "
        f"{_told_apart(losing, len(blocks))}"
    )


def _told_apart(losing: Sequence[dict[str, Any]], count: int) -> str:
    named = ", ".join(f"{row['block']} {_lost(row)}" for row in losing[:FEW])
    more = f" and {len(losing) - FEW} more" if len(losing) > FEW else ""
    return f"A loss can be told from nothing for {len(losing)} of {count}: {named}{more}."


def _cumulative_headline(record: dict[str, Any]) -> str:
    """From one end on: how far one may go back before a loss can be told."""
    blocks = record["blocks"] if record["order"] == "bottom" else record["blocks"][::-1]
    first = next((row for row in blocks if _loses(row)), None)
    if first is None:
        return f"**However many blocks go back, {record['images']:,} images cannot tell a loss.**"
    where = _PUT_BACK[record["order"]].format(block=first["block"])
    return f"**With {where}, and from there on, a loss can be told: {_lost(first)}.**"


def notes(record: dict[str, Any]) -> list[str]:
    """What else to notice: moved against mattered, what can go back, everything back, and statistics."""
    blocks, found = record["blocks"], []
    if record["order"] == "alone":
        found.append(agreement_words(record["agreement"]))
        spare = [row for row in blocks if not _loses(row)]
        if spare and len(spare) < len(blocks):
            found.append(
                f"{len(spare)} of {len(blocks)} blocks can go back, each alone, without a loss that can be "
                "told. That is no proof that they do not matter together."
            )
    found.append(everything_words(record))
    if record["what"] != "weights" and not any(row["statistics"] for row in blocks):
        found.append(
            "BatchNorm's mean and variance stayed as they were in this run: weights alone went back."
        )
    return [note for note in found if note]


def agreement_words(agreement: dict[str, Any]) -> str:
    """Whether the blocks that moved most are those that lose most."""
    if "withheld" in agreement:
        why = _NOT_GIVEN.get(agreement["withheld"], agreement["withheld"])
        return f"Whether blocks that moved more matter more is not said: {why}."
    tau, low, high = agreement["tau"], agreement["low"], agreement["high"]
    said = "cannot be told" if low <= 0 <= high else "holds" if low > 0 else "is the other way round"
    return (
        f"That blocks that moved more matter more {said}: Kendall's tau {tau:+.2f} "
        f"({low:+.2f} to {high:+.2f}; 1 is the same order, 0 none in common)."
    )


def everything_words(record: dict[str, Any]) -> str:
    """What is left with every block and the head put back: the frozen network, as a check."""
    everything = record["everything"]
    if everything is None:
        return "This run had no frozen phase, so its head has nothing to go back to."
    same = "the very classes" if everything["same_classes"] else "not the very classes"
    return (
        f"With every block and the head put back it is the frozen network again, "
        f"{words.percent(everything['accuracy'])} right, with {same} that were stored then."
    )


def _loses(row: dict[str, Any]) -> bool:
    return row["lost"] > 0 and row["p_value"] < SIGNIFICANCE


def _lost(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{words.points(row['lost'])} (95% interval {100 * low:+.1f} to {100 * high:+.1f})"


def _change(row: dict[str, Any]) -> str:
    return f"{100 * row['change']:.2g}%"
