"""The rule of thumb "which layers to freeze", with a data set placed on it by measurements. No TensorFlow.

Four cases, as in Stanford's CS231n notes on transfer learning and many articles since: is the data set
small or large, is it similar to what the network was pretrained on or different? The rule itself gives
no numbers. Where this module draws its lines is its own choice, said in `IMAGENET_PER_CLASS` and `SIMILAR`.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import StoreError
from core.layers import IMAGENET_CLASSES, IMAGENET_IMAGES
from core.statistics import paired
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.store import Store
from core.wording import words
from core.wording.verdicts import paired_sentence

IMAGENET_PER_CLASS = IMAGENET_IMAGES // IMAGENET_CLASSES
IMAGENET_ACCURACY = 0.713  # MobileNetV2's top-1 accuracy on ImageNet, as keras.io/api/applications lists it
# A network that is as sure as it is right (Guo et al., ICML 2017) is about .713 sure on photos like those it
# knows. Half of that is where "similar" ends here.
SIMILAR = IMAGENET_ACCURACY / 2
MOST_PLACES = 12  # other measured data sets on the map


@dataclass(frozen=True)
class Place:
    """Where a data set lies on the guide.

    Attributes:
        dataset: Its title.
        images_per_class: Training images by number of classes.
        confidence: Mean top-1 probability of the 1000-class head, 0..1, with its 95% interval.
    """

    dataset: str
    images_per_class: float
    confidence: float
    interval: tuple[float, float]

    @property
    def large(self) -> bool:
        """As many images a class as ImageNet itself has."""
        return self.images_per_class >= IMAGENET_PER_CLASS

    @property
    def similar(self) -> bool:
        """The pretrained head is at least half as sure as on its own kind of photos."""
        return self.confidence >= SIMILAR


@dataclass(frozen=True)
class Advice:
    """What the guide says in one of its four cases.

    Attributes:
        unfreeze_from: Its words as an unfreeze point of this network.
        contrast: An unfreeze point it would advise against.
        rule: The rule, in its own words.
        doubt: What speaks against it.
    """

    large: bool
    similar: bool
    unfreeze_from: int
    contrast: int
    rule: str
    doubt: str = ""

    @property
    def case(self) -> str:
        """`small and similar`."""
        return f"{'large' if self.large else 'small'} and {'similar' if self.similar else 'different'}"


ADVICE = (
    Advice(False, True, 143, 54, "Freeze most, tune the last one or two blocks."),
    Advice(True, True, 98, 151, "Unfreeze more: enough images to move the later half safely."),
    Advice(
        False, False, 27, 143, "Tune layers closer to the input, too.",
        "Worth doubting: the more layers learn from few images, the easier they learn them by heart; and the "
        "CS231n notes only advise to *take features* from an earlier layer, not to train it.",
    ),
    Advice(True, False, 0, 143, "Tune the whole network."),
)  # fmt: skip


def advice(place: Place) -> Advice:
    """The guide's words for a place."""
    return next(a for a in ADVICE if (a.large, a.similar) == (place.large, place.similar))


def place(record: dict) -> Place:
    """The place that a study of kind `similarity` measured."""
    low, high = record["confidence_interval"]
    return Place(record["dataset"], record["images_per_class"], record["confidence"], (low, high))


def measured_places(store: Store, names: Collection[str]) -> list[Place]:
    """The places of the data sets measured so far, one a data set, the newest study first.

    Args:
        names: Of the data sets that may be shown.
    """
    folders = sorted(store.runs.glob("study-*/metrics.json"), key=lambda path: -path.stat().st_mtime)
    found: dict[str, Place] = {}
    for path in folders:
        try:
            key = path.parent.name
            if store.study(key).get("kind") == "similarity" and store.config(key).data.name in names:
                known = place(store.record(key))
                found.setdefault(known.dataset, known)
        except (StoreError, KeyError, TypeError, ValueError):
            continue  # another version's, or broken: it is not on the map
    return list(found.values())[:MOST_PLACES]


def probe_verdict(arrays: dict[str, np.ndarray]) -> PairedVerdict:
    """The probe on pretrained features against the one on random ones, on the same validation images."""
    return paired.compare(arrays["random_right"], arrays["pretrained_right"])


def measures(record: dict) -> pd.DataFrame:
    """What was measured, with intervals, what to hold it against, and whose measure it is."""
    trained, random = record["probes"]["pretrained"], record["probes"]["random"]
    low, high = record["confidence_interval"]
    rows = [
        ("training images a class", f"{record['images_per_class']:,.0f}", "",
         f"ImageNet: {IMAGENET_PER_CLASS:,}", "Russakovsky et al. 2015"),
        ("mean confidence of the ImageNet head", words.percent(record["confidence"]),
         words.interval(low, high), f"about {IMAGENET_ACCURACY:.0%} on its own kind of photos",
         "Hendrycks and Gimpel 2017; Guo et al. 2017"),
        ("mean entropy of its 1,000 probabilities", f"{record['entropy_bits']:.1f} bits", "",
         f"0 is certain, {np.log2(1000):.1f} is no idea", "Shannon 1948"),
        ("linear probe on pretrained features", _score(trained), words.interval(*trained["interval"]),
         f"commonest class: {words.percent(record['commonest'])}", "Alain and Bengio 2016"),
        ("linear probe on random-weight features", _score(random), words.interval(*random["interval"]),
         f"commonest class: {words.percent(record['commonest'])}", "same network, untrained"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["measure", "here", "95% interval", "compare", "source"])


def _score(probe: dict) -> str:
    return f"{words.percent(probe['correct'] / probe['n'])} ({probe['correct']} of {probe['n']})"


def guide_notes(record: dict, verdict: PairedVerdict) -> list[str]:
    """What to notice: what the head sees, what pretraining is worth here, and whether the two agree."""
    here = place(record)
    name, share = record["favourites"][0]
    trained, random = (record["probes"][which] for which in ("pretrained", "random"))
    looks = (
        f"Asked what these images show, the pretrained network is {here.confidence:.0%} sure on average; "
        f"most often it says *{name}* ({share:.0%} of the images)."
    )
    scores = (
        f"A linear probe gets {_score(trained)} right on its features and {_score(random)} on those of the "
        f"same network with random weights: pretraining {paired_sentence(verdict)}."
    )
    helps = verdict.verdict == Verdict.BETTER
    if verdict.verdict == Verdict.WORSE:
        scores += " **The pretrained features are worth less than random ones here.**"
    elif not helps:
        scores += " **Nothing shows that the pretrained features are worth more than random ones here.**"
    if helps == here.similar:
        return [looks, scores, "Both measures say the same, so this is a fair case for the guide."]
    if helps:
        agree = (
            "**The two measures disagree**: the images look foreign to the network, and its features help "
            'all the same. "Similar" is not one thing; here the advice stands on one foot, so test it.'
        )
    else:
        agree = (
            "**The two measures disagree**: the network finds the images familiar, but its features separate "
            "these classes no better than random ones. Test the advice."
        )
    return [looks, scores, agree]
