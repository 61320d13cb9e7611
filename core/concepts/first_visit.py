"""The first visit's question, its guess and what became of it, from the facts of a data set and its runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.results import Evaluation
from core.statistics.paired import PairedVerdict
from core.statistics.verdict import Verdict
from core.wording.markdown import plain
from core.wording.words import PHASE_NAMES

WANTED = 20  # training images a class: what the first visit has of digits
MOST_NAMED = 3  # classes that are named one by one
DIGITS = ("digits", "mnist")


@dataclass(frozen=True)
class Facts:
    """What the question is made of.

    Attributes:
        name: The data set's, as `datasets.find` takes it.
        classes: Its class names.
        least, most: Training images of the rarest and of the commonest class.
    """

    name: str
    classes: tuple[str, ...]
    least: int
    most: int


def question(facts: Facts, imagenet: Sequence[str]) -> str:
    """Whether the network can learn what it was never asked to tell apart, as Markdown.

    Args:
        imagenet: Names of the classes that the pretrained network knows.
    """
    if facts.name in DIGITS:
        return f"None of this network's 1,000 classes is a digit: can it learn them from {_examples(facts)}?"
    if facts.name == "cats_and_dogs":
        return (
            "This network knows more than a hundred breeds of dogs and five kinds of cats by name, but no "
            f"class of it is simply “cats” or “dogs”: can it learn the two from {_examples(facts)}?"
        )
    known = known_classes(facts.classes, imagenet)
    if len(known) == len(facts.classes):
        return (
            f"Of its 1,000 classes this network knows these {len(known):,} by name{_named(known)}: can it "
            f"learn to tell just these apart, from {_examples(facts)}?"
        )
    if known:
        return (
            f"Of these {len(facts.classes):,} classes this network knows {len(known):,} by name"
            f"{_named(known)}: can it learn them all, from {_examples(facts)}?"
        )
    which = f"one of these {len(facts.classes):,}"
    if len(facts.classes) <= MOST_NAMED:
        which = " or ".join(f"“{plain(name)}”" for name in facts.classes)
    return (
        f"None of this network's 1,000 classes is called {which}: can it learn to tell them apart from "
        f"{_examples(facts)}?"
    )


def known_classes(classes: Sequence[str], imagenet: Sequence[str]) -> list[str]:
    """The classes that bear the name of an ImageNet class, whatever the case, with or without a plural s."""
    names = {_bare(name) for name in imagenet}
    return [name for name in classes if _bare(name) in names]


def _bare(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").lower().split()).removesuffix("s")


def _named(known: Sequence[str]) -> str:
    return f" ({', '.join(map(plain, known))})" if len(known) <= MOST_NAMED else ""


def _examples(facts: Facts) -> str:
    """`20 examples each`, `18 to 22 examples each`, `one example each`."""
    if facts.least == facts.most:
        return "one example each" if facts.most == 1 else f"{facts.most:,} examples each"
    return f"{facts.least:,} to {facts.most:,} examples each"


def few_note(facts: Facts) -> str:
    """What is shown instead where a class has fewer images than the first visit wants; else empty."""
    if facts.least >= WANTED:
        return ""
    images = "1 training image" if facts.least == 1 else f"{facts.least:,} training images"
    return (
        f"A first visit wants {WANTED} training images a class, and the rarest class here has {images}: the "
        "comparison below is the same, but the less there is to learn from and to check on, the less it can "
        "tell."
    )


def watched_note(watched: int, classes: int) -> str:
    """Which of the classes have a picture, where not all have one."""
    if watched >= classes:
        return ""
    return f"{watched} of the {classes:,} classes have a picture here; the networks learn all of them."


# The guess


def guess_answer(
    guess: str | None,
    found: Mapping[str, Evaluation],
    against: Callable[[str, str], PairedVerdict],
) -> str:
    """What became of a guess at the best network; empty where none was made.

    Args:
        guess: A phase of `results.PHASES`.
        found: Phase -> how its network does on the validation images.
        against: The second phase's network against the first's.
    """
    if guess is None:
        return ""
    said = f"You said {PHASE_NAMES[guess]}: "
    if guess not in found:
        return f"{said}it has not been trained yet."
    if len(found) < 2:
        return f"{said}there is nothing to hold it against yet."
    ranked = sorted(found, key=lambda phase: (-found[phase].correct, phase != guess))
    if ranked[0] != guess:
        better = against(guess, ranked[0]).verdict == Verdict.BETTER
        name = PHASE_NAMES[ranked[0]]
        if better:
            return f"{said}wrong, {name} is better."
        return f"{said}{name} has more of them right, but {_cannot(found[guess])}."
    second = ranked[1]
    if against(second, guess).verdict == Verdict.BETTER:
        return f"{said}right."
    alike = found[second].correct == found[guess].correct
    how = "as many right as" if alike else "more right than"
    return f"{said}it has {how} {PHASE_NAMES[second]}, but {_cannot(found[guess])}."


def _cannot(evaluation: Evaluation) -> str:
    return f"{evaluation.n:,} images cannot tell the two apart"
