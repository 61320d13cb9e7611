"""Many pictures through trained networks: a table with the least certain first, and the same as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.method.lens import Lens
from core.predict.decided import alarm_count
from core.predict.distance import Familiarity
from core.predict.one import Network
from core.wording import words

UNSURE = 0.8  # below this probability a note counts a picture as one to look at
UNLIKE = "unlike the training images"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for the start of a formula


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the networks say of one picture.

    Attributes:
        name: Of its file.
        probabilities: Float32 (classes,) of each network, in the order of the networks.
        pooled: float32 (1280,), features by the pretrained network.
        truth: Its class where it is known, else an empty string.
        thumbnail: A data URI, or an empty string.
    """

    name: str
    probabilities: tuple[np.ndarray, ...]
    pooled: np.ndarray
    truth: str = ""
    thumbnail: str = ""


def predict(
    pixels: dict[int, np.ndarray], networks: Sequence[Network], pretrained: Lens
) -> tuple[list[np.ndarray], np.ndarray]:
    """Send a batch of pictures through every network.

    Args:
        pixels: The batch by side in px: uint8 (n, s, s, 3) for the `image_size` s of every lens.
        pretrained: A lens of the pretrained network.

    Returns:
        Probabilities, float32 (n, classes) for each network, and the pretrained network's pooled features,
        float32 (n, 1280).
    """
    lenses = {id(lens): lens for lens in (pretrained, *(network.lens for network in networks))}
    pooled = {  # runs that only trained a head share the pretrained network: look through it once
        key: lens.look(pixels[lens.image_size], ("pooled",))["pooled"] for key, lens in lenses.items()
    }
    found = [network.head.probabilities(pooled[id(network.lens)]) for network in networks]
    return found, pooled[id(pretrained)]


def least_certain_first(predictions: Sequence[Prediction]) -> list[Prediction]:
    """In the order of the first network's highest probability, the lowest first."""
    return sorted(predictions, key=lambda one: float(one.probabilities[0].max()))


def table(
    predictions: Sequence[Prediction], networks: Sequence[Network], familiarity: Familiarity | None = None
) -> pd.DataFrame:
    """A row a picture, in the order given.

    File and class names come from strangers, and a page's table can be saved as CSV like the file of `csv`:
    a cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection").

    Args:
        familiarity: Where it is known, two columns say how far a picture lies from the training images.

    Returns:
        Columns: picture (thumbnail), file, class (where it is known), distance and `UNLIKE` (bool), then
        `<network> says` and `<network> certainty` (0..1) for each network; of one with a temperature also
        `<network> calibrated` (0..1), of one with an alarm `<network> alarm` (bool).
    """
    columns: dict[str, list] = {
        "picture": [one.thumbnail for one in predictions],
        "file": [one.name for one in predictions],
    }
    if any(one.truth for one in predictions):
        columns["class"] = [one.truth for one in predictions]
    if familiarity is not None and predictions:
        distances = familiarity.distances(np.stack([one.pooled for one in predictions]))
        columns["distance"] = distances.astype(float).round(3).tolist()
        columns[UNLIKE] = [familiarity.unusual(distance) for distance in distances]
    for at, network in enumerate(networks):
        each = [one.probabilities[at] for one in predictions]
        columns[f"{network.name} says"] = [network.classes[int(one.argmax())] for one in each]
        columns[f"{network.name} certainty"] = [float(one.max()) for one in each]
        columns |= _decided(network, each)
    return pd.DataFrame(columns).map(_harmless)


def _decided(network: Network, each: Sequence[np.ndarray]) -> dict[str, list]:
    """What the network's temperature and alarm make of its probabilities."""
    if network.decided is None or not each:
        return {}
    said, found = np.stack(each), {}
    if (calibrated := network.decided.calibrated(said)) is not None:
        found[f"{network.name} calibrated"] = calibrated.max(axis=1).astype(float).tolist()
    if (raised := network.decided.raised(said)) is not None:
        found[f"{network.name} alarm"] = raised.tolist()
    return found


def csv(
    rows: pd.DataFrame,
    predictions: Sequence[Prediction],
    networks: Sequence[Network],
    unreadable: Sequence[tuple[str, str]],
) -> bytes:
    """`table` as a CSV file for spreadsheets: UTF-8, without thumbnails, with every probability.

    Args:
        rows: What `table` gave for these predictions.
        unreadable: File names and what is wrong with them; they follow as rows with nothing but that.
    """
    wide = rows.drop(columns="picture")
    for at, network in enumerate(networks):
        each = np.array([one.probabilities[at] for one in predictions], float)
        for number, class_name in enumerate(network.classes):
            wide[f"{network.name}: {class_name}"] = each[:, number].round(6)
        calibrated = network.decided.calibrated(each) if network.decided is not None else None
        if calibrated is not None:
            for number, class_name in enumerate(network.classes):
                wide[f"{network.name}, calibrated: {class_name}"] = calibrated[:, number].round(6)
    if unreadable:
        wide = pd.concat([wide, unreadable_table(unreadable)], ignore_index=True)
    return wide.rename(columns=_harmless).to_csv(index=False).encode("utf-8-sig")


def unreadable_table(unreadable: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Columns file, problem; as harmless as `table`."""
    return pd.DataFrame(unreadable, columns=["file", "problem"]).map(_harmless)


def _harmless(cell):
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def notes(rows: pd.DataFrame, networks: Sequence[Network]) -> list[str]:
    """What to notice in a table of at least one row, as plain text."""
    first, count = networks[0].name, len(rows)
    unsure = int((rows[f"{first} certainty"] < UNSURE).sum())
    found = [f"{first} is less than {UNSURE:.0%} certain of {unsure:,} of {words.plural(count, 'picture')}."]
    if "class" in rows:
        right = rows[f"{first} says"] == rows["class"]
        sure = rows[f"{first} certainty"] >= UNSURE
        found.append(
            f"Of those it is right about {int((right & ~sure).sum()):,}, of the other {int(sure.sum()):,} "
            f"about {int((right & sure).sum()):,}."
        )
    if len(networks) > 1:
        said = rows[[f"{network.name} says" for network in networks]]
        apart = int((said.nunique(axis=1) > 1).sum())
        found.append(
            f"The networks disagree on {apart:,}." if apart else "The networks agree on all of them."
        )
    if UNLIKE in rows:
        far = int(rows[UNLIKE].sum())
        found.append(f"{far:,} of {count:,} are {UNLIKE}; of pictures like them about 5% would be.")
    return found


def decided_notes(predictions: Sequence[Prediction], networks: Sequence[Network]) -> list[str]:
    """What each network's temperature and alarm make of at least one picture, as plain text."""
    found = []
    for at, network in enumerate(networks):
        decided = network.decided
        if decided is None:
            continue
        place = {name: label for label, name in enumerate(network.classes)}
        raised = decided.raised(np.stack([one.probabilities[at] for one in predictions]))
        told = decided.sentences()
        if raised is not None:
            told.append(alarm_count(decided, raised, [place.get(one.truth) for one in predictions]))
        found += [f"{network.name}: {said}" for said in told]
    return found
