"""What a study of kind `dial` says: as a table, and in sentences. No TensorFlow."""

from typing import Any

import pandas as pd

from core.wording import words

STATISTICS_TITLES = {"mixed": "Statistics mixed", "estimated": "Statistics estimated anew"}
CURVES = {"clean": "as they are", "shifted": "changed"}  # the validation images


def dial_frame(record: dict[str, Any]) -> pd.DataFrame:
    """A row a mix and curve: mix (0 pretrained, 1 fine-tuned), images, accuracy, low, high, p (of a mix
    against both ends under shift, Holm; none elsewhere), beats_both."""
    rows = [
        {
            "mix": row["mix"],
            "images": said,
            "accuracy": row[name]["accuracy"],
            "low": row[name]["interval"][0],
            "high": row[name]["interval"][1],
            "p": row["p_value"] if name == "shifted" else None,
            "beats_both": row["beats_both"] if name == "shifted" else False,
        }
        for name, said in CURVES.items()
        for row in record["mixes"]
    ]
    return pd.DataFrame(rows)


def place_words(record: dict[str, Any], place: float) -> str:
    """Both accuracies at one place of the dial."""
    row = next(one for one in record["mixes"] if one["mix"] == place)
    said = {0.0: "The pretrained network with the frozen phase's head", 1.0: "The fine-tuned network"}
    what = said.get(place, f"A mix of {100 * place:.0f}%")
    if place > 1:
        what = f"Beyond the fine-tuned network, {100 * place:.0f}%"
    clean, shifted = row["clean"], row["shifted"]
    return (
        f"**{what}**: {words.percent(clean['accuracy'])} of the {record['images']:,} validation images right "
        f"({words.interval(*clean['interval'])}), and {words.percent(shifted['accuracy'])} of them changed "
        f"({words.interval(*shifted['interval'])})."
    )


def notes(record: dict[str, Any]) -> list[str]:
    """Whether a mix beats both ends under shift, and what stands at the ends."""
    better = [row for row in record["mixes"] if row["beats_both"]]
    if better:
        best = max(better, key=lambda row: row["shifted"]["accuracy"])
        others = f" ({len(better)} mixes do)" if len(better) > 1 else ""
        found = [
            f"**On changed images a mix of {100 * best['mix']:.0f}% beats both ends**, with "
            f"{words.percent(best['shifted']['accuracy'])} right{others}: paired on the same images, all "
            "mixes looked at. So Wortsman and others found for CLIP."
        ]
    else:
        found = [
            "On changed images no mix can be told to beat both ends, paired on the same images, with all "
            "mixes looked at."
        ]
    if record["statistics"] == "estimated":
        found.append(
            "BatchNorm's mean and variance were estimated anew at every place, so even the ends are not "
            "quite the stored networks."
        )
    elif record["at_1"]["same_bits"]:
        found.append("At 100% the answers are those that were stored for the run, bit for bit.")
    return found
