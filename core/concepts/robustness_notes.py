"""What a study of kind `robustness` says: as tables, and in sentences. No TensorFlow."""

from typing import Any

import pandas as pd

from core.explain.robustness import AT_ONCE, CAMERA, FROZEN, TUNED
from core.method.corruptions import CORRUPTIONS

NETWORKS = {
    FROZEN: "frozen",
    TUNED: "head first, then tuned",
    AT_ONCE: "tuned at once, random head",
}
KINDS = {"": "as they are", **{name: one.title for name, one in CORRUPTIONS.items()}, CAMERA: "second folder"}
_DIRECTIONS = {"same": "same direction", "other": "other direction", "unknown": "cannot tell"}


def shift_frame(record: dict[str, Any]) -> pd.DataFrame:
    """A row a network, kind and strength: network, images, strength, amount, n, accuracy, low, high, lost,
    lost_low, lost_high (points), too_sure (mean confidence less accuracy, points)."""
    return pd.DataFrame(
        {
            "network": NETWORKS[row["network"]],
            "images": KINDS[row["kind"]],
            "strength": row["strength"],
            "amount": amount(row["kind"], row["strength"]),
            "n": row["n"],
            "accuracy": row["accuracy"],
            "low": row["interval"][0],
            "high": row["interval"][1],
            "lost": None if row["lost"] is None else 100 * row["lost"],
            "lost_low": None if row["lost"] is None else 100 * row["lost_interval"][0],
            "lost_high": None if row["lost"] is None else 100 * row["lost_interval"][1],
            "too_sure": 100 * row["gap"],
        }
        for row in record["rows"]
    )


def amount(kind: str, strength: int) -> str:
    """`quality 15`; empty for images as they are and those of a second folder."""
    if kind not in CORRUPTIONS or not strength:
        return ""
    return CORRUPTIONS[kind].said.format(CORRUPTIONS[kind].amounts[strength - 1])


def claims_frame(record: dict[str, Any]) -> pd.DataFrame:
    """The published differences beside ours: what, where, published, here (points), and what that says."""
    return pd.DataFrame(
        {
            "what": f"{NETWORKS[row['second']]} less {NETWORKS[row['first']]}",
            "where": "outside" if row["outside"] else "inside",
            "published": f"{row['published']:+.0f} points",
            "here": f"{row['points']:+.1f} points ({row['low']:+.1f} to {row['high']:+.1f})",
            "direction": _DIRECTIONS[row["direction"]],
        }
        for row in record["claims"]
    )


def headline(record: dict[str, Any]) -> str:
    """Where the fine-tuned network loses most."""
    rows = [row for row in record["rows"] if row["network"] == TUNED and row["lost"] is not None]
    worst = max(rows, key=lambda row: row["lost"])
    low, high = worst["lost_interval"]
    if low <= 0:
        return "**No change costs the fine-tuned network so much that these images could tell.**"
    return (
        f"**The fine-tuned network loses most where images are {KINDS[worst['kind']]} "
        f"({amount(worst['kind'], worst['strength'])}): {100 * worst['lost']:.1f} points of accuracy "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}).**"
    )


def notes(record: dict[str, Any]) -> list[str]:
    """How sure the fine-tuned network stays, and whether the images as they are gave what was stored."""
    rows = [row for row in record["rows"] if row["network"] == TUNED]
    plain, worst = rows[0], max(rows, key=lambda row: row["gap"])
    found = [
        f"As they are, it is {_sure(plain['gap'])}; where images are {KINDS[worst['kind']]}, "
        f"{_sure(worst['gap'])} at the most."
    ]
    if record["as_stored"]["same_classes"]:
        how = "predictions, bit for bit" if record["as_stored"]["same_bits"] else "classes"
        found.append(f"The images as they are gave the stored {how}.")
    return found


def _sure(gap: float) -> str:
    if gap >= 0:
        return f"{100 * gap:.1f} points surer than it is right"
    return f"{-100 * gap:.1f} points less sure than it is right"
