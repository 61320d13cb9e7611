"""One picture through trained networks: each one's answer, the places that speak for it, what to notice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.method.grad_cam import Head, grad_cam
from core.method.lens import Lens
from core.predict.decided import Decided
from core.wording import words

SHOWN_CLASSES = 5  # bars a network; a table holds the rest
SAME_PLACES = 0.7  # shared share of two heat maps from which they are called much the same


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network, ready to be shown pictures.

    Attributes:
        name: What people call it.
        classes: Names of its classes.
        lens: Gives `out_relu` and `pooled` (the study `lenses` with `core.method.lens.maps_options`).
        head: What makes probabilities of `pooled`.
        decided: Its temperature and alarm; None where nothing was decided of it.
    """

    name: str
    classes: tuple[str, ...]
    lens: Lens
    head: Head
    decided: Decided | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What one network says of one picture.

    Attributes:
        name: What the network is called.
        classes: Names of its classes.
        probabilities: float32 (classes,), of sum 1.
        evidence: float32 (h, w), in 0..1, the places that speak for a class (`core.method.grad_cam`).
    """

    name: str
    classes: tuple[str, ...]
    probabilities: np.ndarray
    evidence: np.ndarray

    @property
    def best(self) -> int:
        """Index of the most probable class."""
        return int(self.probabilities.argmax())

    @property
    def said(self) -> str:
        """Name of the most probable class."""
        return self.classes[self.best]

    @property
    def certainty(self) -> float:
        """Its probability, in 0..1."""
        return float(self.probabilities[self.best])


def answer(network: Network, pixels: np.ndarray, about: int | None = None) -> Answer:
    """Send one picture through a network.

    Args:
        pixels: uint8 (s, s, 3), s the lens's `image_size`.
        about: Class whose evidence is wanted; that of the answer itself where it is None.
    """
    seen = network.lens.look(pixels[None], ("out_relu", "pooled"))
    probabilities = network.head.probabilities(seen["pooled"])[0]
    wanted = int(probabilities.argmax()) if about is None else about
    evidence = grad_cam(seen["out_relu"][0], network.head, wanted)
    return Answer(network.name, network.classes, probabilities, evidence)


def likeliest(probabilities: np.ndarray, classes: Sequence[str], count: int = SHOWN_CLASSES) -> pd.DataFrame:
    """The most probable classes, best first: columns class, probability.

    Args:
        probabilities: float (classes,).
    """
    order = np.argsort(-probabilities, kind="stable")[:count]
    return pd.DataFrame({"class": [classes[at] for at in order], "probability": probabilities[order]})


def answers_table(answers: Sequence[Answer]) -> pd.DataFrame:
    """Every probability: a row a class, a column a network. All have the same classes."""
    columns = {one.name: one.probabilities.round(4) for one in answers}
    return pd.DataFrame({"class": answers[0].classes, **columns})


def shared_evidence(first: np.ndarray, second: np.ndarray) -> float | None:
    """Share of two heat maps, each of sum 1, that lies on the same places: 0 apart, 1 alike.

    None where the maps have other shapes, or one of them is all 0.

    Args:
        first, second: float (h, w), at least 0.
    """
    if first.shape != second.shape or not first.any() or not second.any():
        return None
    return float(np.minimum(first / first.sum(), second / second.sum()).sum())


def notes(
    answers: Sequence[Answer], imagenet: tuple[str, float], truth: str | None, unlike: bool
) -> list[str]:
    """What to notice, as plain text.

    Args:
        answers: One a network, in the order of the page; at least one.
        imagenet: ImageNet's likeliest class and its probability.
        truth: The picture's class where it is known.
        unlike: Whether the picture is unlike the training images.
    """
    first = answers[0]
    label, share = imagenet
    found = [
        f"Plain MobileNetV2 chooses among 1,000 ImageNet classes and says {label} ({words.percent(share)}); "
        f"{_short(first)} chooses among {len(first.classes)} and says {first.said} "
        f"({words.percent(first.certainty)}). It cannot say \u201cnone of these\u201d"
        + (": its percentages only divide this picture among what it knows." if unlike else ".")
    ]
    if truth is not None or len(answers) > 1:
        found.append(_who_says_what(answers, truth))
    if len(answers) > 1 and answers[1].said == first.said:
        shared = shared_evidence(first.evidence, answers[1].evidence)
        if shared is not None:
            found.append(
                f"{shared:.0%} of the heat of {_short(first)} and {_short(answers[1])} lies on the same "
                "places" + (": they look at much the same." if shared >= SAME_PLACES else ": the heat moved.")
            )
    return found


def _short(one: Answer) -> str:
    """`B · from block 11` of `B · from block 11 · 1e-5`."""
    return " · ".join(one.name.split(" · ")[:2])


def _who_says_what(answers: Sequence[Answer], truth: str | None) -> str:
    said = [f"{_short(one)} says {one.said}" for one in answers]
    if len({one.said for one in answers}) == 1:
        together = {1: said[0], 2: f"Both networks say {answers[0].said}"}
        text = together.get(len(answers), f"All {len(answers)} networks say {answers[0].said}")
    else:
        text = "The networks disagree: " + ", ".join(said)
    return text + "." if truth is None else f"{text}. It is {truth}."
